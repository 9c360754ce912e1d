// What work costs, where the run has a cost model: so much virtual time for each system call, and for each 1,000 octets
// that a read or a write carried. Nothing of the machine is measured, so it is the same everywhere.
//
// A thread owes it, and pays before its next call that moves octets or waits, by waiting itself: what it does then
// comes so much later, and other threads may go meanwhile, as on a machine with cores to spare.
#pragma once

#include "preload/state.h"

static inline bool work_costs(void) { return (run->cost_call_ns | run->cost_kilobyte_ns) != 0; }

// Before the call, and after it with its result.
void pay_for_work(long number);
void owe_for_work(long number, long result);
