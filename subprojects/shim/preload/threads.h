// Threads that the program makes and ends.
#pragma once

#include "preload/scheduler.h"

void threads_start(void);       // finds libc's functions; the constructor's thread becomes the first
long call_exit(const long* a);  // of one thread
long call_gettid(const long* a);
long call_set_tid_address(const long* a);
long call_sched_yield(const long* a);
long call_sched_getaffinity(const long* a);
