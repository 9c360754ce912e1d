#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include "program.h"

int run_clock(void) {
  time_t begin = time(NULL);
  sleep(3600);
  printf("sleep %ld\n", elapsed_ms());
  usleep(1500);
  printf("usleep %ld\n", elapsed_ms());
  struct timespec at;
  clock_gettime(CLOCK_REALTIME, &at);
  at.tv_sec += 10;
  clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &at, NULL);
  printf("until %ld\n", elapsed_ms());
  poll(NULL, 0, 250);
  struct timeval half = {0, 500000};
  select(0, NULL, NULL, NULL, &half);
  thrd_sleep(&(struct timespec){1, 0}, NULL);
  printf("poll, select, thrd_sleep %ld\n", elapsed_ms());
  struct timeval day;
  gettimeofday(&day, NULL);
  char text[64];
  strftime(text, sizeof text, "%F %T", gmtime(&day.tv_sec));
  printf("%s after %ld s, cpu %ld\n", text, (long)(time(NULL) - begin), (long)clock());
  return 0;
}

static volatile int rings;
static void on_ring(int signal) {
  (void)signal;
  ++rings;
}

int run_timers(void) {
  struct sigaction action = {.sa_handler = on_ring};
  sigaction(SIGALRM, &action, NULL);
  sigaction(SIGUSR1, &action, NULL);
  alarm(5);
  int left = (int)sleep(60);
  printf("alarm after %ld, %d s of sleep left, %d rings\n", elapsed_ms(), left, rings);
  struct itimerval every = {{0, 100000}, {0, 100000}};
  setitimer(ITIMER_REAL, &every, NULL);
  while (rings < 6) pause();
  printf("interval after %ld, %d rings\n", elapsed_ms(), rings);
  memset(&every, 0, sizeof every);
  setitimer(ITIMER_REAL, &every, NULL);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  timer_t timer;
  struct itimerspec once = {{0, 0}, {2, 0}};
  int made = timer_create(CLOCK_MONOTONIC, &event, &timer), set = timer_settime(timer, 0, &once, NULL);
  pause();
  printf("timer %d %d after %ld, %d rings\n", made, set, elapsed_ms(), rings);
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), epoll = epoll_create1(0);
  struct itimerspec steady = {{1, 0}, {1, 0}};
  timerfd_settime(fd, 0, &steady, NULL);
  struct epoll_event wanted = {.events = EPOLLIN}, got;
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted);
  uint64_t count = 0;
  int ready = epoll_wait(epoll, &got, 1, -1);
  ssize_t size = read(fd, &count, sizeof count);
  printf("timerfd %d %zd %lu after %ld\n", ready, size, (unsigned long)count, elapsed_ms());
  sleep(3);
  size = read(fd, &count, sizeof count);
  printf("timerfd %zd %lu after %ld\n", size, (unsigned long)count, elapsed_ms());
  return 0;
}

static void on_notice(union sigval value) { printf("notice %d after %ld\n", value.sival_int, elapsed_ms()); }
static void on_value(int signal, siginfo_t* information, void* context) {
  (void)signal, (void)context;
  rings = information->si_value.sival_int + information->si_code;
}

// Timers that run a function in a thread, and one that carries a value.
int run_notices(void) {
  struct sigevent event = {
      .sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_notice, .sigev_value = {.sival_int = 7}};
  timer_t steady, once;
  timer_create(CLOCK_MONOTONIC, &event, &steady);
  event.sigev_value.sival_int = 8;
  timer_create(CLOCK_REALTIME, &event, &once);
  struct itimerspec each_second = {{1, 0}, {1, 0}}, in_half = {{0, 0}, {0, 500000000}};
  timer_settime(steady, 0, &each_second, NULL);
  timer_settime(once, 0, &in_half, NULL);
  usleep(3200000);
  timer_delete(steady);
  sleep(5);
  struct sigaction action = {.sa_sigaction = on_value, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR2, &action, NULL);
  struct sigevent by_signal = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2, .sigev_value = {.sival_int = 100}};
  timer_create(CLOCK_MONOTONIC, &by_signal, &once);
  timer_settime(once, 0, &in_half, NULL);
  pause();
  printf("value %d after %ld\n", rings - SI_TIMER, elapsed_ms());
  return 0;
}

int run_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  printf("%ld.%09ld\n", (long)now.tv_sec, now.tv_nsec);
  return 0;
}

int run_spin(void) {
  struct timespec now, until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += 1;
  long reads = 0;
  do {
    clock_gettime(CLOCK_MONOTONIC, &now);
    ++reads;
  } while (now.tv_sec < until.tv_sec || (now.tv_sec == until.tv_sec && now.tv_nsec < until.tv_nsec));
  printf("clock: %ld reads, %ld ms\n", reads, elapsed_ms());
  long polls = 0;
  for (long begin = elapsed_ms(); elapsed_ms() < begin + 20; ++polls) poll(NULL, 0, 0);
  printf("polls: %ld, %ld ms\n", polls, elapsed_ms());
  return 0;
}

// Many reads, as a runtime makes while it loads its modules; then a spin, then as many reads again.
int run_many_reads(void) {
  struct timespec now;
  for (int i = 0; i < 300000; ++i) clock_gettime(CLOCK_MONOTONIC, &now);
  printf("%ld ms, ", elapsed_ms());
  for (long begin = elapsed_ms(); elapsed_ms() < begin + 5;) {
  }
  poll(NULL, 0, 1);
  printf("%ld ms, ", elapsed_ms());
  for (int i = 0; i < 300000; ++i) clock_gettime(CLOCK_MONOTONIC, &now);
  printf("%ld ms\n", elapsed_ms());
  return 0;
}

// The same with polls that find nothing, as a runtime makes between pieces of work.
int run_many_polls(void) {
  for (int i = 0; i < 8000; ++i) poll(NULL, 0, 0);
  printf("%ld ms, ", elapsed_ms());
  for (long begin = elapsed_ms(); elapsed_ms() < begin + 5;) poll(NULL, 0, 0);
  poll(NULL, 0, 1);
  printf("%ld ms, ", elapsed_ms());
  for (int i = 0; i < 2200; ++i) poll(NULL, 0, 0);
  printf("%ld ms\n", elapsed_ms());
  return 0;
}

int run_hang(void) {
  static volatile int never;
  printf("spinning\n");
  fflush(stdout);
  while (!never) {
  }
  return 0;
}

// For the benchmarks: COUNT times.
static long count_wanted(void) {
  const char* wanted = getenv("COUNT");
  return wanted ? atol(wanted) : 100000;
}

int run_idle(void) {
  for (long left = count_wanted(); left > 0; --left) usleep(1000);
  printf("%ld\n", elapsed_ms());
  return 0;
}

int run_reads(void) {
  struct timespec now;
  for (long left = count_wanted(); left > 0; --left) {
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (left % 10000 == 0) usleep(1);
  }
  printf("%ld\n", elapsed_ms());
  return 0;
}

int run_raw(void) {
  struct timespec hour = {3600, 0}, now;
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_nanosleep), "D"(&hour), "S"(0L) : "rcx", "r11", "memory");
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(SYS_clock_gettime), "D"(CLOCK_REALTIME), "S"(&now)
                   : "rcx", "r11", "memory");
  unsigned char octets[4] = {0};
  long drawn, id;
  __asm__ volatile("syscall"
                   : "=a"(drawn)
                   : "a"(SYS_getrandom), "D"(octets), "S"(4L), "d"(0L)
                   : "rcx", "r11", "memory");
  __asm__ volatile("syscall" : "=a"(id) : "a"(SYS_getpid) : "rcx", "r11", "memory");
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  printf("%ld.%09ld random %ld %02x%02x%02x%02x pid %ld tsc %lu\n", (long)now.tv_sec, now.tv_nsec, drawn, octets[0],
         octets[1], octets[2], octets[3], id, (unsigned long)high << 32 | low);
  return 0;
}

// As AWS-LC's generator looks at it: no two readings alike, and the differences differ.
int run_cycles(void) {
  uint64_t last = 0;
  int backwards = 0, distinct = 0;
  char seen[256] = {0};
  for (int i = 0; i < 2000; ++i) {
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    const uint64_t now = (uint64_t)high << 32 | low;
    backwards += now <= last;
    if (i > 0 && now - last < sizeof seen) distinct += !seen[now - last]++;
    last = now;
  }
  printf("backwards %d, distinct %d, last %lu\n", backwards, distinct, (unsigned long)last);
  return 0;
}

int run_unknown(void) {
  printf("%ld\n", syscall(499, 1, 2, 3));
  return 0;
}
