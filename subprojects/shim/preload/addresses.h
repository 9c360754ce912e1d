// Addresses of stand-in sockets as the program knows them, and the abstract names of the sockets underneath.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include "preload/descriptors.h"

bool endpoint_of(const struct sockaddr* address, socklen_t size, struct Endpoint* out);
void put_address(const struct Endpoint* endpoint, struct sockaddr* out, socklen_t* size);
// A socket of the newer family tells IPv4 addresses mapped into it.
void tell_address(const struct Descriptor* d, const struct Endpoint* endpoint, struct sockaddr* out, socklen_t* size);
bool is_loopback(const struct Endpoint* endpoint);
void set_loopback(struct Endpoint* endpoint, u8 family);
// The address that the run's machine has towards this peer: of the same kind. The port stays.
void set_local_address(struct Endpoint* local, const struct Endpoint* peer);

// The abstract name "rb.<session>.<kind><id>"; the size to pass with it.
socklen_t name_socket(struct sockaddr_un* out, const char* kind, u32 id, bool numbered);
// The letter and number of a name of ours; 0: it is not one.
char read_name(const struct sockaddr_un* name, socklen_t size, u32* id);
