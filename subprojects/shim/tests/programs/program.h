// Small programs that use one part of the system each and print what they saw; tests run them under the library.
#pragma once

#include <stdint.h>

int run_clock(void);
int run_contention(void);
int run_churn(void);
int run_signals(void);
int run_timers(void);
int run_children(void);
int run_atfork(void);
int run_ends(void);
int run_sockets(void);
int run_sixth(void);
int run_server(void);
int run_ports(void);
int run_inherit(void);
int run_datagrams(void);
int run_raw(void);
int run_unknown(void);
int run_spin(void);
int run_many_polls(void);
int run_many_reads(void);
int run_hang(void);
int run_files(void);
int run_random(void);
int run_crowd(void);
int run_names(void);
int run_orphan(void);
int run_crash(void);
int run_term(void);
int run_idle(void);
int run_reads(void);
int run_equal(void);
int run_limits(void);
int run_cancel(void);
int run_race(void);
int run_signalfd(void);
int run_notices(void);
int run_now(void);
int run_neighbours(void);
int run_flood(void);
int run_broken(void);
int run_burst(void);
int run_generations(void);
int run_cycles(void);
int run_interfaces(void);
int run_stacks(void);

// Nanoseconds of CLOCK_MONOTONIC since the first call.
int64_t elapsed(void);
// The same in milliseconds.
long elapsed_ms(void);
