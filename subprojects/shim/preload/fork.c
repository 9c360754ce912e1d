#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "preload/calls.h"
#include "preload/entropy.h"
#include "preload/processes.h"
#include "preload/signal_files.h"
#include "preload/timers.h"
#include "preload/trap.h"

// In the child, before anything of libc's or the program's runs there.
static void become_child(struct ShimPage* of_child) {
  page = of_child;
  page->attached = 1;
  page->real_pid = page->real_tid = (int)KERNEL0(SYS_getpid);
  self->real_tid = page->real_pid;
  self->pid = page->pid;
  self->pending = 0;
  keep_only_self();
  timers_forget();
  signal_files_fork();
  entropy_start(run->seed, (u64)page->pid);
  trap_this_thread();
  wait_for_turn();
}

// posix_spawn's child tells by its parent's memory why it could not start the program. It has a copy of that memory, so
// the frame of the function that made it is carried back when it ends.
static const char* borrowed_frame;

void release_parent(u32 how) {
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

// A fork of libc's, or by a raw call: the child comes back from the same call. What the program does before and after
// it (pthread_atfork) is served like all else: it may wait for threads of its own.
static long fork_here(unsigned long flags, unsigned long stack, long parent_tid, long child_tid) {
  struct ShimPage* child = new_process_page();
  if (!child) return -EAGAIN;
  const unsigned long kept = CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | CLONE_PARENT_SETTID;
  long real_pid = KERNEL5(SYS_clone, (flags & kept) | SIGCHLD, 0, parent_tid, child_tid, 0);
  if (real_pid == 0) {
    become_child(child);
    ucontext_t* context = trapped_context();
    if (flags & CLONE_VFORK && context) borrowed_frame = (const char*)context->uc_mcontext.gregs[REG_RSP];
    if (stack && context) context->uc_mcontext.gregs[REG_RSP] = (greg_t)stack;
    return 0;
  }
  if (real_pid < 0) {
    drop_process_page(child);
    return real_pid;
  }
  child->real_pid = (int)real_pid;
  note_outward();
  TRACE("fork: process %d", child->pid);
  if (flags & CLONE_VFORK && trapped_context()) await_release(child);
  return child->pid;
}

// The child gets a copy of the memory and goes its own way; what vfork promises beyond that nobody may rely on.
EXPORT pid_t vfork(void) {
  long pid = at_work && self ? fork_here(0, 0, 0, 0) : KERNEL5(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (pid >= 0) return (pid_t)pid;
  errno = (int)-pid;
  return -1;
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
