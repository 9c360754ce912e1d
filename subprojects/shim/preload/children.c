#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "preload/calls.h"
#include "preload/processes.h"
#include "preload/signals.h"

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
  if (WIFSIGNALED(status)) status &= 0x7f;  // whether there is a core is a setting of the machine
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

// The kernel knows of ends that nobody announced: by a fault, or of a program that is not ours.
static void tell_end(const struct ShimPage* child, siginfo_t* out) {
  siginfo_t end = {.si_code = child->end_signal ? CLD_KILLED : CLD_EXITED};
  end.si_status = child->end_signal ? child->end_signal : child->status;
  KERNEL5(SYS_waitid, P_PID, child->real_pid, &end, WEXITED | WNOWAIT | __WALL, 0);
  out->si_signo = SIGCHLD;
  out->si_code = end.si_code == CLD_DUMPED ? CLD_KILLED : end.si_code;
  out->si_pid = child->pid;
  out->si_status = end.si_status;
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
  if (information) tell_end(child, information);
  if (!(a[3] & WNOWAIT)) collect(child);
  return 0;
}
