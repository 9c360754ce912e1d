// The system calls of the program, by number. What is not in the table is refused with ENOSYS and taints the run.
#pragma once

#include "preload/kernel.h"

typedef long (*Call)(const long* arguments);

// A handler's result that means: interrupted by a signal; again, if its handlers allow.
enum { CALL_AGAIN = 512 };

// Serves one call; negative errno as the kernel gives. Before the library is at work: the kernel's own answer.
long serve(long number, const long* arguments);
