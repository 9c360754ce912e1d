#include "preload/processes.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "preload/calls.h"
#include "preload/signals.h"

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

struct ShimPage* page_with(int pid) {
  for (int i = 0; i < SHIM_PROCESSES_MAX; ++i) {
    struct ShimPage* other = &run->pages[i];
    if (other->state != SHIM_PAGE_FREE && (other->pid == pid || other->real_pid == pid)) return other;
  }
  return NULL;
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
