// signalfd: an eventfd underneath, readable as long as one of its signals is pending.
#pragma once

#include "preload/descriptors.h"

// What is pending has changed, or may have: before anybody polls.
void signal_files_update(void);
long read_signals(int fd, const struct Descriptor* d, void* out, size_t size);
void signal_file_closed(int index);
void signal_files_fork(void);  // the child has its own signals

long call_signalfd(const long* a);
long call_signalfd4(const long* a);
