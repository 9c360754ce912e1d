// Signals are ours: the kernel has every signal blocked that it could send at an arbitrary moment, and handlers run
// where a thread comes back from a system call or is woken in one. Faults (SIGSEGV and its like) stay the kernel's.
#pragma once

#include <signal.h>

#include "preload/scheduler.h"

enum HandlersRun { HANDLERS_NONE, HANDLERS_RESTART, HANDLERS_INTERRUPT };

void signals_start(void);  // blocks in the kernel, takes over what execve left in the page
void signals_start_thread(struct Thread* creator);
// Wakes parked threads that have a signal to handle.
void wake_for_signals(void);
// Runs the handlers that this thread must run now.
enum HandlersRun deliver_signals(void);
bool signal_waits(void);  // deliver_signals would do something

void raise_in_process(int signal, int sender_pid);
// With what a handler finds in si_code and si_value: of a timer, or of sigqueue.
void give_signal_value(struct ShimPage* target, int signal, int code, u64 value);
// Takes the first pending one of the set, for this thread or the process; 0: there is none. `out` may be null.
int take_signal(u64 set, siginfo_t* out);
void raise_in_thread(struct Thread* thread, int signal);

long call_rt_sigaction(const long* a);
long call_rt_sigprocmask(const long* a);
long call_rt_sigpending(const long* a);
long call_rt_sigtimedwait(const long* a);
long call_rt_sigsuspend(const long* a);
long call_pause(const long* a);
long call_kill(const long* a);
long call_tkill(const long* a);
long call_tgkill(const long* a);
long call_rt_sigqueueinfo(const long* a);
long call_rt_tgsigqueueinfo(const long* a);
long call_sigaltstack(const long* a);
