// Random bytes: one stream for each process, keyed by the run's seed and the process's number.
#pragma once

#include "preload/state.h"

void entropy_start(u64 seed, u64 process);  // fills the page's generator
void fill_random(void* out, size_t size);

long call_getrandom(const long* a);
