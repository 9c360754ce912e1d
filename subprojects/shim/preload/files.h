// Files: opened and read as they are, but for what the kernel makes up (/proc, /sys) and for times of change.
#pragma once

#include "preload/kernel.h"

long call_open(const long* a);
long call_openat(const long* a);
long call_creat(const long* a);
long call_flock(const long* a);
long call_stat(const long* a);
long call_fstat(const long* a);
long call_lstat(const long* a);
long call_newfstatat(const long* a);
long call_statx(const long* a);

void stamp_file(int fd);
