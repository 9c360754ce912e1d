#include "preload/calls.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "preload/clock.h"
#include "preload/cost.h"
#include "preload/descriptors.h"
#include "preload/entropy.h"
#include "preload/files.h"
#include "preload/futex.h"
#include "preload/machine.h"
#include "preload/paths.h"
#include "preload/poll.h"
#include "preload/processes.h"
#include "preload/signal_files.h"
#include "preload/signals.h"
#include "preload/sockets.h"
#include "preload/threads.h"
#include "preload/timers.h"
#include "preload/transfer.h"

enum { NUMBERS = 512 };

// The kernel serves it: it tells nothing of time, chance or the machine, and does not wait.
static long pass(const long* a) {
  (void)a;
  return 0;
}
// It does not exist, as on a kernel without it. Programs have another way.
static long absent(const long* a) {
  (void)a;
  return -ENOSYS;
}
static long refused(const long* a) {
  (void)a;
  return -EPERM;
}

static const Call kCalls[NUMBERS] = {
    // clocks
    [SYS_clock_gettime] = call_clock_gettime,
    [SYS_clock_getres] = call_clock_getres,
    [SYS_gettimeofday] = call_gettimeofday,
    [SYS_time] = call_time,
    [SYS_times] = call_times,
    [SYS_getrusage] = call_getrusage,
    [SYS_getcpu] = call_getcpu,
    [SYS_clock_settime] = call_refused_clock_set,
    [SYS_settimeofday] = call_refused_clock_set,
    [SYS_clock_adjtime] = call_refused_clock_set,
    [SYS_adjtimex] = call_refused_clock_set,
    // waiting
    [SYS_nanosleep] = call_nanosleep,
    [SYS_clock_nanosleep] = call_clock_nanosleep,
    [SYS_poll] = call_poll,
    [SYS_ppoll] = call_ppoll,
    [SYS_select] = call_select,
    [SYS_pselect6] = call_pselect6,
    [SYS_epoll_wait] = call_epoll_wait,
    [SYS_epoll_pwait] = call_epoll_pwait,
    [SYS_epoll_pwait2] = call_epoll_pwait2,
    [SYS_futex] = call_futex,
    [SYS_futex_waitv] = absent,
    [SYS_sched_yield] = call_sched_yield,
    // timers
    [SYS_alarm] = call_alarm,
    [SYS_setitimer] = call_setitimer,
    [SYS_getitimer] = call_getitimer,
    [SYS_timer_create] = call_timer_create,
    [SYS_timer_settime] = call_timer_settime,
    [SYS_timer_gettime] = call_timer_gettime,
    [SYS_timer_getoverrun] = call_timer_getoverrun,
    [SYS_timer_delete] = call_timer_delete,
    [SYS_timerfd_create] = call_timerfd_create,
    [SYS_timerfd_settime] = call_timerfd_settime,
    [SYS_timerfd_gettime] = call_timerfd_gettime,
    // entropy
    [SYS_getrandom] = call_getrandom,
    // reading and writing
    [SYS_read] = call_read,
    [SYS_readv] = call_readv,
    [SYS_write] = call_write,
    [SYS_writev] = call_writev,
    [SYS_recvfrom] = call_recvfrom,
    [SYS_recvmsg] = call_recvmsg,
    [SYS_recvmmsg] = call_recvmmsg,
    [SYS_sendto] = call_sendto,
    [SYS_sendmsg] = call_sendmsg,
    [SYS_sendmmsg] = call_sendmmsg,
    [SYS_sendfile] = call_sendfile,
    [SYS_splice] = call_splice,
    [SYS_tee] = call_splice,
    [SYS_vmsplice] = call_splice,
    // sockets
    [SYS_socket] = call_socket,
    [SYS_socketpair] = call_socketpair,
    [SYS_connect] = call_connect,
    [SYS_bind] = call_bind,
    [SYS_listen] = call_listen,
    [SYS_accept] = call_accept,
    [SYS_accept4] = call_accept4,
    [SYS_getsockname] = call_getsockname,
    [SYS_getpeername] = call_getpeername,
    [SYS_setsockopt] = call_setsockopt,
    [SYS_getsockopt] = call_getsockopt,
    [SYS_shutdown] = call_shutdown,
    // descriptors
    [SYS_close] = call_close,
    [SYS_close_range] = call_close_range,
    [SYS_dup] = call_dup,
    [SYS_dup2] = call_dup2,
    [SYS_dup3] = call_dup3,
    [SYS_fcntl] = call_fcntl,
    [SYS_ioctl] = call_ioctl,
    [SYS_pipe] = pass,
    [SYS_pipe2] = pass,
    [SYS_eventfd] = pass,
    [SYS_eventfd2] = pass,
    [SYS_epoll_create] = pass,
    [SYS_epoll_create1] = pass,
    [SYS_epoll_ctl] = pass,
    [SYS_memfd_create] = pass,
    // files
    [SYS_open] = call_open,
    [SYS_openat] = call_openat,
    [SYS_creat] = call_creat,
    [SYS_openat2] = absent,
    [SYS_flock] = call_flock,
    [SYS_stat] = call_stat,
    [SYS_fstat] = call_fstat,
    [SYS_lstat] = call_lstat,
    [SYS_newfstatat] = call_newfstatat,
    [SYS_statx] = call_statx,
    [SYS_getdents] = absent,
    [SYS_getdents64] = pass,
    [SYS_lseek] = pass,
    [SYS_pread64] = pass,
    [SYS_pwrite64] = pass,
    [SYS_preadv] = pass,
    [SYS_pwritev] = pass,
    [SYS_preadv2] = absent,
    [SYS_pwritev2] = absent,
    [SYS_access] = pass,
    [SYS_faccessat] = pass,
    [SYS_faccessat2] = pass,
    [SYS_truncate] = pass,
    [SYS_ftruncate] = pass,
    [SYS_fallocate] = pass,
    [SYS_fsync] = pass,
    [SYS_fdatasync] = pass,
    [SYS_sync] = pass,
    [SYS_syncfs] = pass,
    [SYS_sync_file_range] = pass,
    [SYS_fadvise64] = pass,
    [SYS_readahead] = pass,
    [SYS_copy_file_range] = absent,
    [SYS_rename] = pass,
    [SYS_renameat] = pass,
    [SYS_renameat2] = pass,
    [SYS_mkdir] = pass,
    [SYS_mkdirat] = pass,
    [SYS_rmdir] = pass,
    [SYS_link] = pass,
    [SYS_linkat] = pass,
    [SYS_unlink] = pass,
    [SYS_unlinkat] = pass,
    [SYS_symlink] = pass,
    [SYS_symlinkat] = pass,
    [SYS_readlink] = call_readlink,
    [SYS_readlinkat] = call_readlinkat,
    [SYS_mknod] = pass,
    [SYS_mknodat] = pass,
    [SYS_chmod] = pass,
    [SYS_fchmod] = pass,
    [SYS_fchmodat] = pass,
    [SYS_chown] = pass,
    [SYS_fchown] = pass,
    [SYS_lchown] = pass,
    [SYS_fchownat] = pass,
    [SYS_umask] = pass,
    [SYS_getcwd] = call_getcwd,
    [SYS_chdir] = pass,
    [SYS_fchdir] = pass,
    [SYS_utime] = pass,
    [SYS_utimes] = pass,
    [SYS_futimesat] = pass,
    [SYS_utimensat] = pass,
    [SYS_getxattr] = pass,
    [SYS_lgetxattr] = pass,
    [SYS_fgetxattr] = pass,
    [SYS_setxattr] = pass,
    [SYS_lsetxattr] = pass,
    [SYS_fsetxattr] = pass,
    [SYS_listxattr] = pass,
    [SYS_llistxattr] = pass,
    [SYS_flistxattr] = pass,
    [SYS_statfs] = call_statfs,
    [SYS_fstatfs] = call_fstatfs,
    // Changes of files are not told: the order in which the kernel tells them is not ours.
    [SYS_inotify_init] = pass,
    [SYS_inotify_init1] = pass,
    [SYS_inotify_add_watch] = pass,
    [SYS_inotify_rm_watch] = pass,
    // memory
    [SYS_mmap] = pass,
    [SYS_mprotect] = pass,
    [SYS_munmap] = pass,
    [SYS_mremap] = pass,
    [SYS_madvise] = pass,
    [SYS_msync] = pass,
    [SYS_mincore] = pass,
    [SYS_brk] = pass,
    [SYS_mlock] = pass,
    [SYS_mlock2] = pass,
    [SYS_munlock] = pass,
    [SYS_mlockall] = pass,
    [SYS_munlockall] = pass,
    [SYS_membarrier] = pass,
    [SYS_pkey_alloc] = absent,
    [SYS_pkey_mprotect] = absent,
    [SYS_pkey_free] = absent,
    [SYS_mbind] = absent,
    [SYS_get_mempolicy] = absent,
    [SYS_set_mempolicy] = absent,
    [SYS_shmget] = pass,
    [SYS_shmat] = pass,
    [SYS_shmdt] = pass,
    [SYS_shmctl] = pass,
    // processes and threads
    [SYS_exit] = call_exit,
    [SYS_exit_group] = call_exit_group,
    [SYS_fork] = call_fork,
    [SYS_vfork] = call_vfork,
    [SYS_clone] = call_clone,
    [SYS_clone3] = absent,
    [SYS_execve] = call_execve,
    [SYS_execveat] = call_execveat,
    [SYS_wait4] = call_wait4,
    [SYS_waitid] = call_waitid,
    [SYS_getpid] = call_getpid,
    [SYS_getppid] = call_getppid,
    [SYS_gettid] = call_gettid,
    [SYS_getpgid] = call_getpgid,
    [SYS_getpgrp] = call_getpgrp,
    [SYS_getsid] = call_getsid,
    [SYS_setsid] = call_setsid,
    [SYS_setpgid] = call_setpgid,
    [SYS_pidfd_open] = absent,
    [SYS_pidfd_send_signal] = absent,
    [SYS_pidfd_getfd] = absent,
    [SYS_set_tid_address] = call_set_tid_address,
    [SYS_set_robust_list] = pass,
    [SYS_get_robust_list] = pass,
    [SYS_rseq] = pass,
    [SYS_arch_prctl] = pass,
    [SYS_prctl] = call_prctl,
    [SYS_sched_getaffinity] = call_sched_getaffinity,
    [SYS_sched_setaffinity] = call_nothing,
    [SYS_sched_setscheduler] = call_nothing,
    [SYS_sched_setparam] = call_nothing,
    [SYS_sched_setattr] = call_nothing,
    [SYS_sched_getscheduler] = pass,
    [SYS_sched_getparam] = pass,
    [SYS_sched_get_priority_max] = pass,
    [SYS_sched_get_priority_min] = pass,
    [SYS_setpriority] = call_nothing,
    [SYS_getpriority] = pass,
    [SYS_ioprio_set] = call_nothing,
    [SYS_ioprio_get] = call_nothing,
    [SYS_getuid] = pass,
    [SYS_geteuid] = pass,
    [SYS_getgid] = pass,
    [SYS_getegid] = pass,
    [SYS_getresuid] = pass,
    [SYS_getresgid] = pass,
    [SYS_getgroups] = pass,
    [SYS_setuid] = pass,
    [SYS_setgid] = pass,
    [SYS_setreuid] = pass,
    [SYS_setregid] = pass,
    [SYS_setresuid] = pass,
    [SYS_setresgid] = pass,
    [SYS_setgroups] = pass,
    [SYS_setfsuid] = pass,
    [SYS_setfsgid] = pass,
    [SYS_capget] = pass,
    [SYS_capset] = pass,
    [SYS_getrlimit] = pass,
    [SYS_setrlimit] = pass,
    [SYS_prlimit64] = call_prlimit64,
    [SYS_personality] = call_personality,
    // signals
    [SYS_rt_sigaction] = call_rt_sigaction,
    [SYS_rt_sigprocmask] = call_rt_sigprocmask,
    [SYS_rt_sigpending] = call_rt_sigpending,
    [SYS_rt_sigtimedwait] = call_rt_sigtimedwait,
    [SYS_rt_sigsuspend] = call_rt_sigsuspend,
    [SYS_pause] = call_pause,
    [SYS_kill] = call_kill,
    [SYS_tkill] = call_tkill,
    [SYS_tgkill] = call_tgkill,
    [SYS_rt_sigqueueinfo] = call_rt_sigqueueinfo,
    [SYS_rt_tgsigqueueinfo] = call_rt_tgsigqueueinfo,
    [SYS_sigaltstack] = call_sigaltstack,
    [SYS_signalfd] = call_signalfd,
    [SYS_signalfd4] = call_signalfd4,
    // the machine
    [SYS_uname] = call_uname,
    [SYS_sysinfo] = call_sysinfo,
    [SYS_sethostname] = refused,
    [SYS_setdomainname] = refused,
    [SYS_reboot] = refused,
    [SYS_mount] = refused,
    [SYS_umount2] = refused,
    [SYS_unshare] = refused,
    [SYS_setns] = refused,
    [SYS_pivot_root] = refused,
    [SYS_chroot] = refused,
    [SYS_bpf] = refused,
    [SYS_perf_event_open] = refused,
    [SYS_ptrace] = refused,
    [SYS_process_vm_readv] = refused,
    [SYS_process_vm_writev] = refused,
    [SYS_kcmp] = refused,
    [SYS_userfaultfd] = refused,
    [SYS_seccomp] = refused,
    [SYS_landlock_create_ruleset] = absent,
    [SYS_landlock_add_rule] = absent,
    [SYS_landlock_restrict_self] = absent,
    [SYS_io_uring_setup] = absent,
    [SYS_io_uring_enter] = absent,
    [SYS_io_uring_register] = absent,
    [SYS_io_setup] = absent,
    [SYS_restart_syscall] = absent,
    [SYS_name_to_handle_at] = absent,
    [SYS_open_by_handle_at] = absent,
    [SYS_fanotify_init] = refused,
    [SYS_add_key] = absent,
    [SYS_request_key] = absent,
    [SYS_keyctl] = absent,
    [SYS_syslog] = refused,
    [SYS_process_madvise] = absent,
    [SYS_removexattr] = pass,
    [SYS_lremovexattr] = pass,
    [SYS_fremovexattr] = pass,
    // Newer than the headers that we are built with.
    [451 /* cachestat */] = absent,
    [452 /* fchmodat2 */] = absent,
    [453 /* map_shadow_stack */] = absent,
    [454 /* futex_wake */] = absent,
    [455 /* futex_wait */] = absent,
    [456 /* futex_requeue */] = absent,
    [457 /* statmount */] = absent,
    [458 /* listmount */] = absent,
    [462 /* mseal */] = absent,
};

static long serve_with(long number, const long* a) {
  Call call = number >= 0 && number < NUMBERS ? kCalls[number] : NULL;
  if (!call) {
    taint("system call %ld is not known; refused", number);
    return -ENOSYS;
  }
  if (call == pass) return kernel6(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  for (;;) {
    long result = call(a);
    if (result == -CALL_AGAIN && self->cancellable && self->cancel == CANCEL_JUST_ASKED) return -EINTR;
    if (!signal_waits() && !self->restore_mask) {
      if (result == -CALL_AGAIN) continue;
      return result;
    }
    enum HandlersRun ran = deliver_signals();
    if (result != -CALL_AGAIN) return result;
    if (ran == HANDLERS_INTERRUPT) return -EINTR;
  }
}

// Apart, for the room that it takes on the stack.
static __attribute__((noinline)) long serve_translated(long number, const long* a) {
  struct TranslatedCall translated;
  translate_call(number, a, &translated);
  return serve_with(number, translated.arguments);
}

static u64 cpu_of_thread(void) {
  struct timespec time;
  KERNEL2(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, &time);
  return duration_of(&time);
}

static __attribute__((noinline)) long serve_measured(long number, const long* a) {
  const u64 before = cpu_of_thread();
  long result = has_temporary_path(number, a) ? serve_translated(number, a) : serve_with(number, a);
  ++page->counters.calls;
  page->counters.cpu_ns += cpu_of_thread() - before;
  return result;
}

static __attribute__((noinline)) long serve_at_a_cost(long number, const long* a) {
  pay_for_work(number);
  const long result = has_temporary_path(number, a) ? serve_translated(number, a) : serve_with(number, a);
  if (self) owe_for_work(number, result);
  return result;
}

long serve(long number, const long* a) {
  if (!at_work || !self) return kernel6(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  if (self->ahead) {
    self->ahead = false;
    wait_for_token();
  }
  ++page->alive;
  if (flag(SHIM_MEASURE)) return serve_measured(number, a);
  if (work_costs()) return serve_at_a_cost(number, a);
  return has_temporary_path(number, a) ? serve_translated(number, a) : serve_with(number, a);
}
