#include "preload/threads.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "preload/futex.h"
#include "preload/signals.h"
#include "preload/timestamp.h"
#include "preload/trap.h"

typedef void* (*Start)(void*);
static int (*create_in_libc)(pthread_t*, const pthread_attr_t*, Start, void*);
static struct {
  Start function;
  void* argument;
  struct Thread* creator;
} starts[THREADS_MAX];
static struct Thread* slots[THREADS_MAX];

// Where libc keeps the kernel's thread id in a control block: the kernel clears it when the thread has ended.
static size_t tid_offset;

static void find_tid_offset(void) {
  enum { CONTROL_BLOCK_BYTES = 2048 };
  u32 tid = (u32)KERNEL0(SYS_gettid);
  const u8* block = (const u8*)pthread_self();
  for (size_t at = 0; at < CONTROL_BLOCK_BYTES; at += 4)
    if (*(const u32*)(const void*)(block + at) == tid) {
      tid_offset = at;
      return;
    }
}

void threads_start(void) {
  *(void**)&create_in_libc = dlsym(RTLD_NEXT, "pthread_create");
  find_tid_offset();
}

static void* first_steps(void* argument) {
  size_t slot = (size_t)argument;
  self = slots[slot];
  self->real_tid = (int)KERNEL0(SYS_gettid);
  self->handle = pthread_self();
  if (flag(SHIM_LEAK_THREADS))
    self->ahead = true;
  else
    wait_for_token();
  signals_start_thread(starts[slot].creator);
  Start function = starts[slot].function;
  void* its_argument = starts[slot].argument;
  slots[slot] = NULL;
  trap_time_stamp();
  trap_this_thread();
  return function(its_argument);
}

EXPORT int pthread_create(pthread_t* out, const pthread_attr_t* attributes, Start function, void* argument) {
  if (!create_in_libc) threads_start();
  if (!at_work || !self) return create_in_libc(out, attributes, function, argument);
  size_t slot = 0;
  while (slot < THREADS_MAX && slots[slot]) ++slot;
  struct Thread* thread = slot < THREADS_MAX ? add_thread() : NULL;
  if (!thread) {
    taint("more than %d threads in one process", THREADS_MAX);
    return EAGAIN;
  }
  slots[slot] = thread;
  starts[slot].function = function;
  starts[slot].argument = argument;
  starts[slot].creator = self;
  thread->mask = self->mask;
  thread->pid = run->next_pid++;
  trap_open();
  int result = create_in_libc(out, attributes, first_steps, (void*)slot);
  trap_close();
  if (result != 0) {
    forget_thread(thread);
    slots[slot] = NULL;
    return result;
  }
  make_ready(thread, WAKE_EVENT);
  TRACE("thread %u begins", thread->number);
  return 0;
}

static int (*cancel_in_libc)(pthread_t);

// libc sends a signal to a thread that waits in one of its own calls; one that waits in ours is woken here.
EXPORT int pthread_cancel(pthread_t handle) {
  if (!cancel_in_libc) *(void**)&cancel_in_libc = dlsym(RTLD_NEXT, "pthread_cancel");
  int result = cancel_in_libc(handle);
  for (int i = 0; result == 0 && at_work && i < threads_count; ++i) {
    struct Thread* thread = threads[i];
    if (thread->handle != handle) continue;
    thread->cancel = CANCEL_JUST_ASKED;
    if (thread->cancellable && thread->state == THREAD_PARKED && thread->interruptible) make_ready(thread, WAKE_SIGNAL);
  }
  return result;
}

// C11 threads return an int; libc's own thrd_create would bypass ours.
struct IntStart {
  thrd_start_t function;
  void* argument;
};

static void* start_returning_int(void* argument) {
  struct IntStart start = *(struct IntStart*)argument;
  free(argument);
  return (void*)(long)start.function(start.argument);
}

EXPORT int thrd_create(thrd_t* out, thrd_start_t function, void* argument) {
  struct IntStart* start = malloc(sizeof *start);
  if (!start) return thrd_nomem;
  *start = (struct IntStart){function, argument};
  int result = pthread_create(out, NULL, start_returning_int, start);
  if (result != 0) free(start);
  return result == 0 ? thrd_success : result == ENOMEM ? thrd_nomem : thrd_error;
}

long call_exit(const long* a) {
  TRACE("thread %u ends", self->number);
  wake_joiners((u64)pthread_self());
  leave_token((const u32*)(const void*)((const u8*)pthread_self() + tid_offset));
  for (;;) KERNEL1(SYS_exit, a[0]);
}

long call_gettid(const long* a) {
  (void)a;
  return self->pid;
}

long call_set_tid_address(const long* a) {
  KERNEL1(SYS_set_tid_address, a[0]);
  return self->pid;
}

long call_sched_yield(const long* a) {
  (void)a;
  if (!yield_token()) count_empty_poll();
  return 0;
}

// Two processors, wherever we run.
long call_sched_getaffinity(const long* a) {
  if (a[1] < 8) return -EINVAL;
  memset((void*)a[2], 0, (size_t)a[1]);
  *(u8*)a[2] = 3;
  return 8;
}
