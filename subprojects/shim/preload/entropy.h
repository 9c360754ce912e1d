// Random bytes: one stream for each process, keyed by the run's seed and the process's number.
#pragma once

#include "preload/state.h"

void entropy_start(u64 seed, u64 process);  // fills the page's generator
void fill_random(void* out, size_t size);
void hook_openssl(void* handle);  // RAND_set_rand_method, wherever it is exported

long call_getrandom(const long* a);
