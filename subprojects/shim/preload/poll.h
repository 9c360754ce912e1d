// Waiting for file descriptors, and sleeping.
#pragma once

#include <poll.h>

#include "preload/scheduler.h"

// Waits until `events` can be had from fd; 0, -ETIMEDOUT, or -EINTR.
long wait_for_descriptor(int fd, short events, u64 deadline_ns);

long call_poll(const long* a);
long call_ppoll(const long* a);
long call_select(const long* a);
long call_pselect6(const long* a);
long call_epoll_wait(const long* a);
long call_epoll_pwait(const long* a);
long call_epoll_pwait2(const long* a);
long call_nanosleep(const long* a);
long call_clock_nanosleep(const long* a);
