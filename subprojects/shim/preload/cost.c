#include "preload/cost.h"

#include <sys/syscall.h>

#include "preload/scheduler.h"

enum {
  // Less than this is carried over: a payment is a pass through the scheduler.
  PAYMENT_LEAST_NS = 1000,
};

static bool moves_octets(long number) {
  switch (number) {
    case SYS_read:
    case SYS_write:
    case SYS_readv:
    case SYS_writev:
    case SYS_pread64:
    case SYS_pwrite64:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_sendto:
    case SYS_sendmsg:
      return true;
    default:
      return false;
  }
}

static bool waits(long number) {
  switch (number) {
    case SYS_poll:
    case SYS_ppoll:
    case SYS_select:
    case SYS_pselect6:
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
    case SYS_connect:
      return true;
    default:
      return false;
  }
}

// Other calls are made in places where a thread must not be kept, such as under a lock of libc's own.
void pay_for_work(long number) {
  if (self->owed_ns < PAYMENT_LEAST_NS || !(moves_octets(number) || waits(number))) return;
  const u64 owed = self->owed_ns;
  self->owed_ns = 0;
  page->cpu_charged_ns += owed;
  struct Wait wait = {.deadline_ns = page->now_ns + owed};
  park(&wait);
}

void owe_for_work(long number, long result) {
  u64 owed = run->cost_call_ns;
  if (result > 0 && moves_octets(number)) owed += (u64)result * run->cost_kilobyte_ns / 1000;
  self->owed_ns += (u64)((unsigned __int128)owed * run->cost_numerator / run->cost_denominator);
}
