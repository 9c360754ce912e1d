// Every system call that is not made by this library's own text is caught (syscall user dispatch) and served by number.
// So nothing slips past the exported functions that we replace: not what libc does inside, not a raw `syscall`
// instruction.
#pragma once

#include <signal.h>

#include "preload/kernel.h"

void return_from_signal(void);  // the restorer of our kernel signal frames
void on_trapped_call(int signal, siginfo_t* information, void* context);
void on_watchdog(int signal, siginfo_t* information, void* context);  // report.c

void trap_this_thread(void);  // from now on; a new thread and the child of a fork start without
// Between these two the thread's calls go to the kernel: around libc's function that makes threads.
void trap_open(void);
void trap_close(void);

// Where the thread would go on after the trapped call that it is in; null outside of one.
void* trapped_context(void);
