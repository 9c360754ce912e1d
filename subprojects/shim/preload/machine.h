// What the machine tells of itself: one and the same machine, wherever we run.
#pragma once

#include "preload/kernel.h"

long call_nothing(const long* a);  // done, and without effect
long call_uname(const long* a);
long call_sysinfo(const long* a);
long call_prctl(const long* a);
long call_prlimit64(const long* a);
long call_personality(const long* a);
long call_statfs(const long* a);
long call_fstatfs(const long* a);
long call_readlink(const long* a);
long call_readlinkat(const long* a);
long call_getcwd(const long* a);
