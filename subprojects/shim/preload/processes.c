#include "preload/processes.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "preload/calls.h"
#include "preload/descriptors.h"
#include "preload/entropy.h"
#include "preload/signals.h"
#include "preload/timers.h"
#include "preload/timestamp.h"
#include "preload/trap.h"

static pid_t (*fork_in_libc)(void);
static struct ShimPage* page_of_child;  // between the page's making and the fork

// --- pages ---

struct ShimPage* new_process_page(void) {
  for (int i = 0; i < SHIM_PROCESSES_MAX; ++i) {
    struct ShimPage* child = &run->pages[i];
    if (child->state != SHIM_PAGE_FREE) continue;
    memset(child, 0, sizeof *child);
    child->state = SHIM_PAGE_LIVE;
    child->turn = SHIM_TURN_SIMULATOR;
    child->op = SHIM_OP_IDLE;
    child->pid = run->next_pid++;
    child->parent_pid = page->pid;
    child->session_id = page->session_id;
    child->group_id = page->group_id;
    child->now_ns = child->idle_until_ns = child->next_event_ns = page->now_ns;
    child->mask = self->mask;
    child->ignored = page->ignored;
    page->progress = 1;
    page->next_event_ns = page->now_ns;  // two clocks cannot hop on their own
    return child;
  }
  taint("more than %d processes at one time", SHIM_PROCESSES_MAX);
  return NULL;
}

void drop_process_page(struct ShimPage* child) { child->state = SHIM_PAGE_FREE; }

static struct ShimPage* page_with(int pid) {
  for (int i = 0; i < SHIM_PROCESSES_MAX; ++i) {
    struct ShimPage* other = &run->pages[i];
    if (other->state != SHIM_PAGE_FREE && (other->pid == pid || other->real_pid == pid)) return other;
  }
  return NULL;
}

// --- fork ---

// In the child, before anything of libc's or the program's runs there.
static void become_child(void) {
  page = page_of_child;
  page->attached = 1;
  page->real_pid = page->real_tid = (int)KERNEL0(SYS_getpid);
  self->real_tid = page->real_pid;
  self->pid = page->pid;
  self->pending = 0;
  keep_only_self();
  timers_forget();
  entropy_start(run->seed, (u64)page->pid);
  trap_this_thread();
  wait_for_turn();
}

static void on_fork_in_child(void) {
  if (page_of_child) become_child();
}

static void parent_goes_on(struct ShimPage* child, long real_pid) {
  page_of_child = NULL;
  if (real_pid < 0) {
    drop_process_page(child);
    return;
  }
  child->real_pid = (int)real_pid;
  note_outward();
  TRACE("fork: process %d", child->pid);
}

EXPORT pid_t fork(void) {
  if (!fork_in_libc) processes_start();
  if (!at_work || !self) return fork_in_libc();
  struct ShimPage* child = new_process_page();
  if (!child) {
    errno = EAGAIN;
    return -1;
  }
  page_of_child = child;
  trap_open();
  pid_t real_pid = fork_in_libc();
  trap_close();
  if (real_pid == 0) {
    page_of_child = NULL;
    return 0;
  }
  int error = errno;
  parent_goes_on(child, real_pid);
  errno = error;
  return real_pid < 0 ? -1 : child->pid;
}

// The child gets a copy of the memory and goes its own way; what vfork promises beyond that nobody may rely on.
EXPORT pid_t vfork(void) { return fork(); }
EXPORT pid_t _Fork(void) { return fork(); }

// posix_spawn's child tells by its parent's memory why it could not start the program. It has a copy of that memory, so
// the frame of the function that made it is carried back when it ends.
static const char* borrowed_frame;

static void release_parent(u32 how) {
  if (how == 2 && borrowed_frame) memcpy(page->borrowed, borrowed_frame, SHIM_BORROWED_OCTETS);
  page->released = how;
  page->progress = 1;
}

static bool is_released(struct Thread* thread) {
  const struct ShimPage* child = thread->argument;
  return child->released != 0 || child->state != SHIM_PAGE_LIVE;
}

static void await_release(struct ShimPage* child) {
  struct Wait wait = {.deadline_ns = SHIM_NEVER, .ready = is_released, .argument = child};
  park(&wait);
  ucontext_t* context = trapped_context();
  if (child->released == 2) memcpy((char*)context->uc_mcontext.gregs[REG_RSP], child->borrowed, SHIM_BORROWED_OCTETS);
}

// A fork inside libc, or by a raw call: the child comes back from the same trapped call.
static long fork_here(unsigned long flags, unsigned long stack, long parent_tid, long child_tid) {
  struct ShimPage* child = new_process_page();
  if (!child) return -EAGAIN;
  page_of_child = child;
  const unsigned long kept = CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | CLONE_PARENT_SETTID;
  long real_pid = KERNEL5(SYS_clone, (flags & kept) | SIGCHLD, 0, parent_tid, child_tid, 0);
  if (real_pid == 0) {
    become_child();
    page_of_child = NULL;
    ucontext_t* context = trapped_context();
    if (flags & CLONE_VFORK && context) borrowed_frame = (const char*)context->uc_mcontext.gregs[REG_RSP];
    if (stack && context) context->uc_mcontext.gregs[REG_RSP] = (greg_t)stack;
    return 0;
  }
  parent_goes_on(child, real_pid);
  if (real_pid < 0) return real_pid;
  if (flags & CLONE_VFORK && trapped_context()) await_release(child);
  return child->pid;
}

long call_fork(const long* a) {
  (void)a;
  return fork_here(0, 0, 0, 0);
}

long call_vfork(const long* a) { return call_fork(a); }

long call_clone(const long* a) {
  unsigned long flags = (unsigned long)a[0];
  if (flags & (CLONE_THREAD | CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET)) {
    taint("clone with flags %lx: a thread or a namespace made without libc", flags);
    return -EPERM;
  }
  return fork_here(flags, (unsigned long)a[1], a[2], a[3]);
}

// --- programs ---

static void put_padded(char* out, long value) {
  for (int i = 9; i >= 0; --i, value /= 10) out[i] = (char)('0' + value % 10);
}

// As it came: the pid and the descriptor in it are the same for every process. A copy, since programs write over their
// environment to set their title.
static char own_variable[64];

int make_environment(struct Environment* out, char* const* environment, const struct ShimPage* of) {
  static char* const kEmpty[] = {NULL};
  int count = 0;
  const char* preload = NULL;
  for (char* const* entry = environment ? environment : kEmpty; *entry; ++entry) {
    if (strncmp(*entry, SHIM_VARIABLE "=", sizeof SHIM_VARIABLE) == 0) continue;
    if (strncmp(*entry, "LD_PRELOAD=", 11) == 0) {
      preload = *entry + 11;
      continue;
    }
    if (count == ENVIRONMENT_MAX) return -E2BIG;
    out->entries[count++] = *entry;
  }
  size_t own = strlen(run->library), theirs = preload ? strlen(preload) : 0;
  if (own + theirs + 16 > sizeof out->preload) return -E2BIG;
  memcpy(out->preload, "LD_PRELOAD=", 11);
  memcpy(out->preload + 11, run->library, own + 1);
  if (theirs) {
    out->preload[11 + own] = ':';
    memcpy(out->preload + 12 + own, preload, theirs + 1);
  }
  memcpy(out->variable, SHIM_VARIABLE "=", sizeof SHIM_VARIABLE);
  memcpy(out->variable + sizeof SHIM_VARIABLE, own_variable, 22);
  put_padded(out->variable + sizeof SHIM_VARIABLE + 22, of - run->pages);
  out->variable[sizeof SHIM_VARIABLE + 32] = 0;
  out->entries[count++] = out->preload;
  out->entries[count++] = out->variable;
  out->entries[count] = NULL;
  return 0;
}

void hide_from_environment(char** environment) {
  char** kept = environment;
  for (char** entry = environment; *entry; ++entry) {
    if (strncmp(*entry, SHIM_VARIABLE "=", sizeof SHIM_VARIABLE) == 0) {
      strncpy(own_variable, *entry + sizeof SHIM_VARIABLE, sizeof own_variable - 1);
      memset(*entry, 0, strlen(*entry));  // /proc/self/environ
      continue;
    }
    if (strncmp(*entry, "LD_PRELOAD=", 11) == 0) {
      size_t own = strlen(run->library);
      if (strncmp(*entry + 11, run->library, own) == 0) {
        if ((*entry)[11 + own] == 0) continue;
        memmove(*entry + 11, *entry + 12 + own, strlen(*entry + 12 + own) + 1);
      }
    }
    *kept++ = *entry;
  }
  *kept = NULL;
}

// Whether our library would be loaded into it: scripts, and programs with an interpreter.
static bool takes_preload(int folder, const char* path, int flags) {
  union {
    Elf64_Ehdr elf;
    char octets[4096];
  } head;
  long fd = flags & AT_EMPTY_PATH && path[0] == 0 ? KERNEL1(SYS_dup, folder)
                                                  : KERNEL4(SYS_openat, folder, path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return true;  // execve will say why not
  long got = KERNEL4(SYS_pread64, fd, &head, sizeof head, 0);
  KERNEL1(SYS_close, fd);
  if (got < (long)sizeof head.elf || memcmp(head.octets, ELFMAG, SELFMAG) != 0) return true;
  if (head.octets[EI_CLASS] != ELFCLASS64 || head.elf.e_machine != EM_X86_64) return false;
  for (int i = 0; i < head.elf.e_phnum; ++i) {
    size_t at = head.elf.e_phoff + (size_t)i * sizeof(Elf64_Phdr);
    if (at + sizeof(Elf64_Phdr) > (size_t)got) return true;
    if (((const Elf64_Phdr*)(const void*)(head.octets + at))->p_type == PT_INTERP) return true;
  }
  return false;
}

static long execute(int folder, const char* path, char* const* arguments, char* const* environment, int flags) {
  static struct Environment ours;  // the caller's stack may be small, and one thread goes at a time
  int failure = make_environment(&ours, environment, page);
  if (failure) return failure;
  struct stat status;
  if (KERNEL4(SYS_newfstatat, folder, path, &status, flags & AT_EMPTY_PATH) == 0 &&
      (status.st_mode & (S_ISUID | S_ISGID)) && KERNEL0(SYS_geteuid) != 0)
    taint("%s runs as another user: it cannot be followed", path);
  page->foreign = !takes_preload(folder, path, flags);
  if (page->foreign) {
    page->released = 1;
    taint("%s is linked statically or for another machine: it cannot be followed", path);
  }
  page->mask = self->mask;
  TRACE("execve %s", path);
  untrap_time_stamp();
  long result = KERNEL5(SYS_execveat, folder, path, arguments, ours.entries, flags);
  trap_time_stamp();
  page->foreign = 0;
  return result;
}

long call_execve(const long* a) {
  return execute(AT_FDCWD, (const char*)a[0], (char* const*)a[1], (char* const*)a[2], 0);
}

long call_execveat(const long* a) {
  return execute((int)a[0], (const char*)a[1], (char* const*)a[2], (char* const*)a[3], (int)a[4]);
}

// --- the end ---

long call_exit_group(const long* a) {
  TRACE("exit %d", (int)a[0] & 255);
  if (!page->released) release_parent(2);
  page->status = (int)a[0] & 255;
  page->end_signal = 0;
  at_work = false;
  hand_over(SHIM_OP_EXIT);
  for (;;) KERNEL1(SYS_exit_group, a[0]);
}

void end_by_signal(int signal) {
  TRACE("ends by signal %d", signal);
  page->status = 0;
  page->end_signal = signal;
  at_work = false;
  hand_over(SHIM_OP_EXIT);
  const struct {
    void* handler;
    unsigned long flags;
    void* restorer;
    u64 mask;
  } by_default = {0, 0, 0, 0};
  const struct rlimit no_core = {0, 0};
  const u64 nothing = 0;
  KERNEL4(SYS_prlimit64, 0, RLIMIT_CORE, &no_core, 0);
  KERNEL4(SYS_rt_sigaction, signal, &by_default, 0, 8);
  KERNEL4(SYS_rt_sigprocmask, SIG_SETMASK, &nothing, 0, 8);
  KERNEL3(SYS_tgkill, KERNEL0(SYS_getpid), KERNEL0(SYS_gettid), signal);
  for (;;) KERNEL1(SYS_exit_group, 128 + signal);
}

// --- signals between processes ---

static long send_to(struct ShimPage* target, int signal) {
  if (target->state == SHIM_PAGE_ZOMBIE || signal == 0) return 0;
  if (signal == SIGKILL) {
    if (target == page) end_by_signal(SIGKILL);
    target->killed = 1;
    note_outward();
    return KERNEL2(SYS_kill, target->real_pid, SIGKILL);
  }
  if (target == page) {
    raise_in_process(signal, page->pid);
    return 0;
  }
  target->signals |= UINT64_C(1) << (signal - 1);
  target->signal_sender[signal - 1] = (u64)page->pid;
  note_outward();
  return 0;
}

long send_signal(int pid, int signal) {
  if (pid > 0) {
    struct ShimPage* target = page_with(pid);
    return target ? send_to(target, signal) : -ESRCH;
  }
  long sent = -ESRCH;
  u32 group = pid == 0 ? page->group_id : (u32)-pid;
  for (int i = 0; i < SHIM_PROCESSES_MAX; ++i) {
    struct ShimPage* target = &run->pages[i];
    if (target->state == SHIM_PAGE_FREE || target == page) continue;
    if (pid == -1 || target->group_id == group) sent = send_to(target, signal);
  }
  if (pid != -1 && page->group_id == group) sent = send_to(page, signal);
  return sent;
}

// --- waiting for children ---

struct ChildWait {
  int kind;  // P_ALL, P_PID, P_PGID
  int id;
};

static bool is_meant(const struct ShimPage* child, const struct ChildWait* wanted) {
  if (child->state == SHIM_PAGE_FREE || child->parent_pid != page->pid || child == page) return false;
  if (wanted->kind == P_PID) return child->pid == wanted->id || child->real_pid == wanted->id;
  if (wanted->kind == P_PGID) return child->group_id == (u32)wanted->id;
  return true;
}

static struct ShimPage* child_in(const struct ChildWait* wanted, bool ended) {
  struct ShimPage* found = NULL;
  for (int i = 0; i < SHIM_PROCESSES_MAX; ++i) {
    struct ShimPage* child = &run->pages[i];
    if (!is_meant(child, wanted) || (ended && child->state != SHIM_PAGE_ZOMBIE)) continue;
    if (!found || child->pid < found->pid) found = child;
  }
  return found;
}

static bool a_child_ended(struct Thread* thread) { return child_in(thread->argument, true) != NULL; }

// The child that ended; null with `error` set.
static struct ShimPage* wait_for_child(struct ChildWait* wanted, bool at_once, long* error) {
  for (;;) {
    *error = 0;
    struct ShimPage* child = child_in(wanted, true);
    if (child) return child;
    if (!child_in(wanted, false)) {
      *error = -ECHILD;
      return NULL;
    }
    if (at_once) return NULL;
    struct Wait wait = {.deadline_ns = SHIM_NEVER, .ready = a_child_ended, .argument = wanted, .interruptible = true};
    if (park(&wait) == WAKE_SIGNAL) {
      *error = -CALL_AGAIN;
      return NULL;
    }
  }
}

// It is dead already; the kernel tells how, and forgets it.
static int collect(struct ShimPage* child) {
  int status = 0;
  if (KERNEL4(SYS_wait4, child->real_pid, &status, __WALL, 0) < 0)
    status = child->end_signal ? child->end_signal : child->status << 8;
  drop_process_page(child);
  return status;
}

long call_wait4(const long* a) {
  struct ChildWait wanted = {P_ALL, 0};
  int pid = (int)a[0];
  if (pid > 0) wanted = (struct ChildWait){P_PID, pid};
  if (pid == 0) wanted = (struct ChildWait){P_PGID, (int)page->group_id};
  if (pid < -1) wanted = (struct ChildWait){P_PGID, -pid};
  long error;
  struct ShimPage* child = wait_for_child(&wanted, (a[2] & WNOHANG) != 0, &error);
  if (!child) return error;
  // libc's own waits know the child by the kernel's number.
  int told = pid == child->real_pid ? child->real_pid : child->pid;
  int status = collect(child);
  if (a[1]) *(int*)a[1] = status;
  if (a[3]) memset((void*)a[3], 0, sizeof(struct rusage));
  return told;
}

long call_waitid(const long* a) {
  struct ChildWait wanted = {(int)a[0], (int)a[1]};
  siginfo_t* information = (siginfo_t*)a[2];
  if (wanted.kind != P_ALL && wanted.kind != P_PID && wanted.kind != P_PGID) {
    taint("waitid for a process descriptor is not served");
    return -EINVAL;
  }
  long error;
  struct ShimPage* child = wait_for_child(&wanted, (a[3] & WNOHANG) != 0, &error);
  if (information) memset(information, 0, sizeof *information);
  if (!child) return error;
  if (information) {
    information->si_signo = SIGCHLD;
    information->si_code = child->end_signal ? CLD_KILLED : CLD_EXITED;
    information->si_pid = child->pid;
    information->si_status = child->end_signal ? child->end_signal : child->status;
  }
  if (!(a[3] & WNOWAIT)) collect(child);
  return 0;
}

// --- who we are ---

long call_getpid(const long* a) {
  (void)a;
  return page->pid;
}
long call_getppid(const long* a) {
  (void)a;
  return page->parent_pid;
}
long call_getpgid(const long* a) {
  struct ShimPage* of = a[0] == 0 ? page : page_with((int)a[0]);
  return of ? (long)of->group_id : -ESRCH;
}
long call_getpgrp(const long* a) {
  (void)a;
  return (long)page->group_id;
}
long call_getsid(const long* a) {
  struct ShimPage* of = a[0] == 0 ? page : page_with((int)a[0]);
  return of ? (long)of->session_id : -ESRCH;
}
long call_setsid(const long* a) {
  (void)a;
  if (page->group_id == (u32)page->pid) return -EPERM;
  page->session_id = page->group_id = (u32)page->pid;
  return page->pid;
}
long call_setpgid(const long* a) {
  struct ShimPage* of = a[0] == 0 ? page : page_with((int)a[0]);
  if (!of || of->state != SHIM_PAGE_LIVE) return -ESRCH;
  of->group_id = a[1] == 0 ? (u32)of->pid : (u32)a[1];
  return 0;
}

void processes_start(void) {
  *(void**)&fork_in_libc = dlsym(RTLD_NEXT, "fork");
  pthread_atfork(NULL, NULL, on_fork_in_child);
}
