#include "preload/timers.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>

#include "preload/clock.h"
#include "preload/descriptors.h"
#include "preload/notifications.h"
#include "preload/scheduler.h"
#include "preload/signals.h"

enum { TIMERS_MAX = 1024 };

enum TimerKind { TIMER_FREE, TIMER_INTERVAL, TIMER_POSIX, TIMER_FILE };

struct Timer {
  enum TimerKind kind;
  int clock;
  u64 deadline_ns, interval_ns;  // SHIM_NEVER: not armed
  int signal;                    // 0: none
  union sigval value;
  struct Notification* notification;  // SIGEV_THREAD
  struct Thread* thread;              // SIGEV_THREAD_ID
  int fd;                             // TIMER_FILE: the eventfd
  u64 overrun;
};
static struct Timer timers[TIMERS_MAX];  // 0: ITIMER_REAL
static int used = 1;                     // none is in use from here on

static void expire(struct Timer* timer, u64 times) {
  TRACE("timer fires %llu", (unsigned long long)times);
  if (timer->kind == TIMER_FILE) {
    KERNEL3(SYS_write, timer->fd, &times, sizeof times);
    return;
  }
  timer->overrun = times - 1;
  if (timer->notification) notify_by_thread(timer->notification);
  if (timer->signal == 0) return;
  give_signal_value(page, timer->signal, SI_TIMER, (u64)timer->value.sival_ptr);
  if (timer->thread)
    raise_in_thread(timer->thread, timer->signal);
  else
    raise_in_process(timer->signal, page->pid);
}

u64 timers_deadline(void) {
  u64 earliest = SHIM_NEVER;
  for (int i = 0; i < used; ++i)
    if (timers[i].kind != TIMER_FREE && timers[i].deadline_ns < earliest) earliest = timers[i].deadline_ns;
  return earliest;
}

bool timers_fire(void) {
  bool any = false;
  for (;;) {
    struct Timer* first = NULL;
    for (int i = 0; i < used; ++i)
      if (timers[i].kind != TIMER_FREE && timers[i].deadline_ns <= page->now_ns &&
          (!first || timers[i].deadline_ns < first->deadline_ns))
        first = &timers[i];
    if (!first) return any;
    u64 times = 1;
    if (first->interval_ns) {
      times += (page->now_ns - first->deadline_ns) / first->interval_ns;
      first->deadline_ns += times * first->interval_ns;
    } else {
      first->deadline_ns = SHIM_NEVER;
    }
    expire(first, times);
    any = true;
  }
}

void timers_forget(void) {
  for (int i = 0; i < TIMERS_MAX; ++i)
    if (timers[i].kind != TIMER_FILE) memset(&timers[i], 0, sizeof timers[i]);
  notifications_forget();
}

// --- setting and telling ---

static u64 remaining(const struct Timer* timer) {
  if (timer->kind == TIMER_FREE || timer->deadline_ns == SHIM_NEVER) return 0;
  return timer->deadline_ns > page->now_ns ? timer->deadline_ns - page->now_ns : 1;
}

static struct itimerspec told(const struct Timer* timer) {
  return (struct itimerspec){timespec_of(timer->interval_ns), timespec_of(remaining(timer))};
}

static void set(struct Timer* timer, const struct itimerspec* value, bool absolute) {
  u64 first = duration_of(&value->it_value);
  timer->interval_ns = duration_of(&value->it_interval);
  timer->overrun = 0;
  if (first == 0) {
    timer->deadline_ns = SHIM_NEVER;
    return;
  }
  u64 now = absolute ? clock_now(timer->clock) : 0;
  timer->deadline_ns = page->now_ns + (first > now ? first - now : 0);
}

static struct itimerspec from_micros(const struct itimerval* value) {
  return (struct itimerspec){{value->it_interval.tv_sec, value->it_interval.tv_usec * 1000},
                             {value->it_value.tv_sec, value->it_value.tv_usec * 1000}};
}

static struct itimerval to_micros(const struct itimerspec* value) {
  return (struct itimerval){{value->it_interval.tv_sec, value->it_interval.tv_nsec / 1000},
                            {value->it_value.tv_sec, value->it_value.tv_nsec / 1000}};
}

static struct Timer* interval_timer(void) {
  if (timers[0].kind == TIMER_FREE)
    timers[0] = (struct Timer){.kind = TIMER_INTERVAL, .signal = SIGALRM, .deadline_ns = SHIM_NEVER};
  return &timers[0];
}

long call_alarm(const long* a) {
  struct Timer* timer = interval_timer();
  u64 left = remaining(timer);
  struct itimerspec value = {{0, 0}, {(time_t)(u32)a[0], 0}};
  set(timer, &value, false);
  return (long)((left + NS_PER_S / 2) / NS_PER_S + (left > 0 && left < NS_PER_S / 2));
}

long call_setitimer(const long* a) {
  // Timers of used processor time: computing takes none, so they never fire.
  if (a[0] != ITIMER_REAL) {
    if (a[2]) memset((void*)a[2], 0, sizeof(struct itimerval));
    return 0;
  }
  struct Timer* timer = interval_timer();
  struct itimerspec before = told(timer);
  if (a[1]) {
    struct itimerspec value = from_micros((const struct itimerval*)a[1]);
    if (!is_valid_time(&value.it_value)) return -EINVAL;
    set(timer, &value, false);
  }
  if (a[2]) *(struct itimerval*)a[2] = to_micros(&before);
  return 0;
}

long call_getitimer(const long* a) {
  struct itimerspec value = {0};
  if (a[0] == ITIMER_REAL) value = told(interval_timer());
  *(struct itimerval*)a[1] = to_micros(&value);
  return 0;
}

static struct Timer* new_timer(int* index) {
  for (*index = 1; *index < TIMERS_MAX; ++*index)
    if (timers[*index].kind == TIMER_FREE) {
      if (*index >= used) used = *index + 1;
      return &timers[*index];
    }
  taint("more than %d timers", TIMERS_MAX);
  return NULL;
}

static struct Timer* timer_at(long index, enum TimerKind kind) {
  return index > 0 && index < TIMERS_MAX && timers[index].kind == kind ? &timers[index] : NULL;
}

static long make_timer(int clock, const struct sigevent* event, struct Notification* notification) {
  struct Timer timer = {.kind = TIMER_POSIX, .clock = clock, .signal = SIGALRM, .deadline_ns = SHIM_NEVER};
  if (event) {
    timer.value = event->sigev_value;
    if (event->sigev_notify == SIGEV_NONE || event->sigev_notify == SIGEV_THREAD) timer.signal = 0;
    if (event->sigev_notify == SIGEV_SIGNAL) timer.signal = event->sigev_signo;
    if (event->sigev_notify == SIGEV_THREAD) timer.notification = notification;
    if (event->sigev_notify == SIGEV_THREAD_ID) {
      timer.signal = event->sigev_signo;
      for (int i = 0; i < threads_count; ++i)
        if (threads[i]->real_tid == event->_sigev_un._tid || threads[i]->pid == event->_sigev_un._tid)
          timer.thread = threads[i];
    }
  }
  int index;
  struct Timer* slot = new_timer(&index);
  if (!slot) return -EAGAIN;
  if (!event) timer.value.sival_int = index;
  *slot = timer;
  return index;
}

long call_timer_create(const long* a) {
  long index = make_timer((int)a[0], (const struct sigevent*)a[1], NULL);
  if (index < 0) return index;
  *(int*)a[2] = (int)index;
  return 0;
}

// libc would serve SIGEV_THREAD by a thread that it makes out of our sight. Its other functions take a timer of ours
// for one of the kernel's.
EXPORT int timer_create(clockid_t clock, struct sigevent* event, timer_t* out) {
  long index;
  if (!at_work || !self) {
    int number;
    index = KERNEL3(SYS_timer_create, clock, event, &number);
    if (index == 0) index = number;
  } else if (event && event->sigev_notify == SIGEV_THREAD) {
    struct Notification* notification = new_notification(event);
    index = notification ? make_timer(clock, event, notification) : -EAGAIN;
    if (notification && index < 0) drop_notification(notification);
  } else {
    index = make_timer(clock, event, NULL);
  }
  if (index >= 0) {
    *out = (timer_t)index;
    return 0;
  }
  errno = (int)-index;
  return -1;
}

long call_timer_settime(const long* a) {
  struct Timer* timer = timer_at(a[0], TIMER_POSIX);
  const struct itimerspec* value = (const struct itimerspec*)a[2];
  if (!timer || !value || !is_valid_time(&value->it_value)) return -EINVAL;
  if (a[3]) *(struct itimerspec*)a[3] = told(timer);
  set(timer, value, a[1] & TIMER_ABSTIME);
  return 0;
}

long call_timer_gettime(const long* a) {
  struct Timer* timer = timer_at(a[0], TIMER_POSIX);
  if (!timer) return -EINVAL;
  *(struct itimerspec*)a[1] = told(timer);
  return 0;
}

long call_timer_getoverrun(const long* a) {
  struct Timer* timer = timer_at(a[0], TIMER_POSIX);
  return timer ? (long)timer->overrun : -EINVAL;
}

long call_timer_delete(const long* a) {
  struct Timer* timer = timer_at(a[0], TIMER_POSIX);
  if (!timer) return -EINVAL;
  if (timer->notification) drop_notification(timer->notification);
  memset(timer, 0, sizeof *timer);
  return 0;
}

// --- timerfd: a read of an eventfd tells how often it fired, just so ---

long call_timerfd_create(const long* a) {
  int index;
  struct Timer* timer = new_timer(&index);
  if (!timer) return -EMFILE;
  long fd = KERNEL2(SYS_eventfd2, 0, a[1] & (EFD_NONBLOCK | EFD_CLOEXEC));
  if (fd < 0) return fd;
  *timer = (struct Timer){.kind = TIMER_FILE, .clock = (int)a[0], .deadline_ns = SHIM_NEVER, .fd = (int)fd};
  struct Descriptor* d = raw_descriptor((int)fd);
  *d = (struct Descriptor){.kind = FD_TIMER, .timer = index};
  return fd;
}

static struct Timer* timer_of(long fd) {
  const struct Descriptor* d = raw_descriptor((int)fd);
  return d->kind == FD_TIMER ? timer_at(d->timer, TIMER_FILE) : NULL;
}

long call_timerfd_settime(const long* a) {
  struct Timer* timer = timer_of(a[0]);
  const struct itimerspec* value = (const struct itimerspec*)a[2];
  if (!timer || !value || !is_valid_time(&value->it_value)) return -EINVAL;
  if (a[3]) *(struct itimerspec*)a[3] = told(timer);
  // What has fired and was not read is forgotten.
  struct {
    int fd;
    short events, found;
  } entry = {timer->fd, 1 /* POLLIN */, 0};
  const struct timespec at_once = {0, 0};
  u64 count;
  if (KERNEL5(SYS_ppoll, &entry, 1, &at_once, 0, 8) > 0) KERNEL3(SYS_read, timer->fd, &count, sizeof count);
  set(timer, value, a[1] & TFD_TIMER_ABSTIME);
  return 0;
}

long call_timerfd_gettime(const long* a) {
  struct Timer* timer = timer_of(a[0]);
  if (!timer) return -EINVAL;
  *(struct itimerspec*)a[1] = told(timer);
  return 0;
}

void timer_file_closed(int index) {
  struct Timer* timer = timer_at(index, TIMER_FILE);
  if (timer) memset(timer, 0, sizeof *timer);
}
