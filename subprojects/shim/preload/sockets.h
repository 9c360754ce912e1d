// TCP sockets of the program: local stream sockets underneath, whose other end is the simulator or another process of
// the run. Their addresses, options and errors are told as if they were TCP.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include "preload/descriptors.h"

bool endpoint_of(const struct sockaddr* address, socklen_t size, struct Endpoint* out);
void put_address(const struct Endpoint* endpoint, struct sockaddr* out, socklen_t* size);
// The abstract name "rb.<session>.<kind><id>"; the size to pass with it.
socklen_t name_socket(struct sockaddr_un* out, const char* kind, u32 id, bool numbered);
// An error that the simulator set for this connection, told once; else `result`.
long take_connection_error(struct Descriptor* d, long result);
bool is_loopback(const struct Endpoint* endpoint);
u16 free_port(void);

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
