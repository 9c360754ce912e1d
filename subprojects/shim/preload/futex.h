// Futexes: what every lock of libc, and of any language, waits on. Real ones are never waited on.
#pragma once

#include "preload/scheduler.h"

long call_futex(const long* a);
// At the end of this thread: who joins it waits on a word in its control block that only the kernel clears.
void wake_joiners(u64 control_block);
