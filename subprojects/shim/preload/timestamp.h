// RDTSC and RDTSCP: trapped, and answered from the virtual clock.
#pragma once

#include <signal.h>
#include <stdbool.h>

void trap_time_stamp(void);
// Survives execve, and the next program's loader reads the counter before we are there.
void untrap_time_stamp(void);
bool emulate_time_stamp(const siginfo_t* information, void* context);
