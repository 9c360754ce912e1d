// TCP sockets of the program: local stream sockets underneath, whose other end is the simulator or another process of
// the run. Their addresses, options and errors are told as if they were TCP.
#pragma once

#include "preload/descriptors.h"

// An error that the simulator set for this connection, told once; else `result`.
long take_connection_error(struct Descriptor* d, long result);
bool has_failed(const struct Descriptor* d);  // refused or reset, told or not
// What connect, or the wait after it, ended in: 0, -EINPROGRESS, or an error that is told once.
long connection_outcome(struct Descriptor* d);
u16 free_port(void);  // one that no socket of the run is bound to

long call_socket(const long* a);
long call_socketpair(const long* a);
long call_connect(const long* a);
long call_bind(const long* a);
long call_listen(const long* a);
long call_accept(const long* a);
long call_accept4(const long* a);
long call_getsockname(const long* a);
long call_getpeername(const long* a);
long call_setsockopt(const long* a);
long call_getsockopt(const long* a);
long call_shutdown(const long* a);
