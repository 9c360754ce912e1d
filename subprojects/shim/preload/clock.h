// The clocks: functions of the run's virtual time alone.
#pragma once

#include <time.h>

#include "preload/state.h"

static inline u64 duration_of(const struct timespec* time) { return (u64)time->tv_sec * NS_PER_S + (u64)time->tv_nsec; }
static inline struct timespec timespec_of(u64 ns) {
  return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}
static inline bool is_valid_time(const struct timespec* time) {
  return time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < (long)NS_PER_S;
}

u64 clock_now(int clock);                                 // in that clock's own count
u64 deadline_at(const struct timespec* time, int clock);  // virtual time of an absolute time, with slack
void replace_vdso(void);                                  // clock reads that bypass libc's symbols

long call_clock_gettime(const long* a);
long call_clock_getres(const long* a);
long call_gettimeofday(const long* a);
long call_time(const long* a);
long call_times(const long* a);
long call_getrusage(const long* a);
long call_getcpu(const long* a);
long call_refused_clock_set(const long* a);
