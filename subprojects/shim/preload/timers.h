// Timers of a process: alarm and setitimer, POSIX timers, timerfd. All of them fire on the virtual clock, exactly.
#pragma once

#include "preload/state.h"

u64 timers_deadline(void);
bool timers_fire(void);  // those whose time has come; whether there was one
void timer_file_closed(int index);
void timers_forget(void);  // the child of a fork has none

long call_alarm(const long* a);
long call_setitimer(const long* a);
long call_getitimer(const long* a);
long call_timer_create(const long* a);
long call_timer_settime(const long* a);
long call_timer_gettime(const long* a);
long call_timer_getoverrun(const long* a);
long call_timer_delete(const long* a);
long call_timerfd_create(const long* a);
long call_timerfd_settime(const long* a);
long call_timerfd_gettime(const long* a);
