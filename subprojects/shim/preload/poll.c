#include "preload/poll.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>

#include "preload/calls.h"
#include "preload/clock.h"
#include "preload/signal_files.h"
#include "preload/signals.h"

// --- descriptors ---

struct PollSet {
  struct pollfd* entries;
  unsigned long count;
};

static long poll_now(const struct PollSet* set) {
  const struct timespec at_once = {0, 0};
  return KERNEL5(SYS_ppoll, set->entries, set->count, &at_once, 0, 8);
}

static bool set_is_ready(struct Thread* thread) { return poll_now(thread->argument) != 0; }

// A mask for the time of the wait (ppoll and its like).
static void swap_mask(const u64* mask) {
  if (!mask) return;
  self->saved_mask = self->mask;
  self->mask = *mask;
  self->restore_mask = true;
}

static void swap_mask_back(void) {
  if (!self->restore_mask || signal_waits()) return;  // else deliver_signals does it, after the handler
  self->restore_mask = false;
  self->mask = self->saved_mask;
}

// Once when the deadline has come, else until something is there. The caller's entries are written by this thread only:
// whoever looks on its behalf writes the same values into them.
static long poll_until(struct PollSet* set, u64 deadline_ns) {
  bool at_once = deadline_ns <= page->now_ns;
  signal_files_update();
  if (at_once) yield_token();
  for (;;) {
    long ready = poll_now(set);
    if (ready != 0) return ready;
    if (signal_waits()) return -EINTR;
    if (at_once) {
      count_empty_poll();
      return 0;
    }
    if (deadline_ns <= page->now_ns) return 0;
    struct Wait wait = {.deadline_ns = deadline_ns, .ready = set_is_ready, .argument = set, .interruptible = true};
    if (park(&wait) == WAKE_SIGNAL) return -EINTR;
  }
}

long wait_for_descriptor(int fd, short events, u64 deadline_ns) {
  struct pollfd entry = {fd, events, 0};
  struct PollSet set = {&entry, 1};
  if (poll_now(&set) != 0) return 0;
  struct Wait wait = {.deadline_ns = deadline_ns, .ready = set_is_ready, .argument = &set, .interruptible = true};
  switch (park(&wait)) {
    case WAKE_EVENT:
      return 0;
    case WAKE_TIME:
      return -ETIMEDOUT;
    case WAKE_SIGNAL:
      break;
  }
  return -CALL_AGAIN;
}

static u64 deadline_in_ms(int timeout_ms) {
  if (timeout_ms < 0) return SHIM_NEVER;
  return timeout_ms == 0 ? page->now_ns : deadline_after((u64)timeout_ms * 1000000);
}

static u64 deadline_in(const struct timespec* timeout) {
  if (!timeout) return SHIM_NEVER;
  u64 distance = duration_of(timeout);
  return distance == 0 ? page->now_ns : deadline_after(distance);
}

long call_poll(const long* a) {
  struct PollSet set = {(struct pollfd*)a[0], (unsigned long)a[1]};
  return poll_until(&set, deadline_in_ms((int)a[2]));
}

long call_ppoll(const long* a) {
  struct PollSet set = {(struct pollfd*)a[0], (unsigned long)a[1]};
  if (a[2] && !is_valid_time((const struct timespec*)a[2])) return -EINVAL;
  swap_mask((const u64*)a[3]);
  long result = poll_until(&set, deadline_in((const struct timespec*)a[2]));
  swap_mask_back();
  return result;
}

// --- select ---

enum { SELECT_MAX = FD_SETSIZE };

static bool has(const fd_set* set, int fd) { return set && FD_ISSET(fd, set); }

static long select_until(const long* a, u64 deadline_ns) {
  struct pollfd entries[SELECT_MAX];
  fd_set *readable = (fd_set*)a[1], *writable = (fd_set*)a[2], *exceptional = (fd_set*)a[3];
  struct PollSet set = {entries, 0};
  if (a[0] < 0 || a[0] > SELECT_MAX) return -EINVAL;
  for (int fd = 0; fd < (int)a[0]; ++fd) {
    short events = (short)((has(readable, fd) ? POLLIN : 0) | (has(writable, fd) ? POLLOUT : 0) |
                           (has(exceptional, fd) ? POLLPRI : 0));
    if (events) entries[set.count++] = (struct pollfd){fd, events, 0};
  }
  long result = poll_until(&set, deadline_ns);
  if (result < 0) return result;
  long count = 0;
  for (unsigned long i = 0; i < set.count; ++i) {
    const struct pollfd* entry = &entries[i];
    if (entry->revents & POLLNVAL) return -EBADF;
    bool in = entry->revents & (POLLIN | POLLHUP | POLLERR), out = entry->revents & (POLLOUT | POLLERR);
    if (has(readable, entry->fd) && !in) FD_CLR(entry->fd, readable);
    if (has(writable, entry->fd) && !out) FD_CLR(entry->fd, writable);
    if (has(exceptional, entry->fd) && !(entry->revents & POLLPRI)) FD_CLR(entry->fd, exceptional);
    count += has(readable, entry->fd) + has(writable, entry->fd) + has(exceptional, entry->fd);
  }
  return count;
}

long call_select(const long* a) {
  const struct timeval* timeout = (const struct timeval*)a[4];
  if (!timeout) return select_until(a, SHIM_NEVER);
  struct timespec time = {timeout->tv_sec, timeout->tv_usec * 1000};
  return select_until(a, deadline_in(&time));
}

long call_pselect6(const long* a) {
  const struct {
    const u64* mask;
    size_t size;
  }* mask = (const void*)a[5];
  if (mask) swap_mask(mask->mask);
  long result = select_until(a, deadline_in((const struct timespec*)a[4]));
  swap_mask_back();
  return result;
}

// --- epoll ---

static long epoll_until(int fd, struct epoll_event* events, int most, u64 deadline_ns) {
  bool at_once = deadline_ns <= page->now_ns;
  if (at_once) yield_token();
  struct pollfd entry = {fd, POLLIN, 0};
  struct PollSet set = {&entry, 1};
  for (;;) {
    long ready = KERNEL6(SYS_epoll_pwait, fd, events, most, 0, 0, 8);
    if (ready != 0) return ready;
    if (signal_waits()) return -EINTR;
    if (at_once) {
      count_empty_poll();
      return 0;
    }
    if (deadline_ns <= page->now_ns) return 0;
    struct Wait wait = {.deadline_ns = deadline_ns, .ready = set_is_ready, .argument = &set, .interruptible = true};
    if (park(&wait) == WAKE_SIGNAL) return -EINTR;
  }
}

long call_epoll_wait(const long* a) {
  return epoll_until((int)a[0], (struct epoll_event*)a[1], (int)a[2], deadline_in_ms((int)a[3]));
}

long call_epoll_pwait(const long* a) {
  swap_mask((const u64*)a[4]);
  long result = call_epoll_wait(a);
  swap_mask_back();
  return result;
}

long call_epoll_pwait2(const long* a) {
  swap_mask((const u64*)a[4]);
  long result = epoll_until((int)a[0], (struct epoll_event*)a[1], (int)a[2], deadline_in((const struct timespec*)a[3]));
  swap_mask_back();
  return result;
}

// --- sleep ---

static long sleep_until(u64 deadline_ns, struct timespec* left) {
  if (deadline_ns <= page->now_ns) {
    if (!yield_token()) count_empty_poll();
    return 0;
  }
  struct Wait wait = {.deadline_ns = deadline_ns, .interruptible = true};
  if (park(&wait) == WAKE_TIME) return 0;
  if (left) *left = timespec_of(deadline_ns > page->now_ns ? deadline_ns - page->now_ns : 0);
  return -EINTR;
}

long call_nanosleep(const long* a) {
  const struct timespec* time = (const struct timespec*)a[0];
  if (!is_valid_time(time)) return -EINVAL;
  return sleep_until(deadline_in(time), (struct timespec*)a[1]);
}

long call_clock_nanosleep(const long* a) {
  const struct timespec* time = (const struct timespec*)a[2];
  if (!is_valid_time(time)) return -EINVAL;
  if (a[1] & TIMER_ABSTIME) return sleep_until(deadline_at(time, (int)a[0]), NULL);
  return sleep_until(deadline_in(time), (struct timespec*)a[3]);
}
