// The interfaces of the run's machine: lo, and eth0 with the address that connections come from. Told over sockets of
// NETLINK_ROUTE, which libc's getifaddrs and if_nameindex use, and by the ioctls that older programs and Java use.
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

#include "preload/descriptors.h"

// A socket whose questions are answered at once, into its own queue.
long open_routes(int flags);
long ask_routes(int fd, const void* request, size_t size);
long ask_routes_by_parts(int fd, const struct msghdr* message);
// The far end is the kernel; the near one has our process number.
void tell_routes_address(bool near, struct sockaddr* out, socklen_t* size);

// An ioctl of a socket about interfaces; -ENOTTY: it is none of those.
long interface_ioctl(long request, void* argument);
