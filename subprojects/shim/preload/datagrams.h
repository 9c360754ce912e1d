// UDP sockets of the program: local datagram sockets underneath. What goes to a port of this host that a socket of the
// run is bound to goes there; everything else to the simulator, with the address in front.
#pragma once

#include <sys/socket.h>

#include "preload/descriptors.h"

long name_datagram_socket(int fd, struct Descriptor* d);                         // fd again, or an error
long bind_datagram_socket(struct Descriptor* d, const struct Endpoint* wanted);  // port 0: any
void datagram_socket_closed(const struct Descriptor* d);
long connect_datagram_socket(struct Descriptor* d, const struct sockaddr* address, socklen_t size);
long send_datagram(int fd, struct Descriptor* d, const void* octets, size_t count, const struct sockaddr* to,
                   socklen_t to_size);
long send_datagram_message(int fd, struct Descriptor* d, const struct msghdr* message);
long receive_datagram(int fd, struct Descriptor* d, void* out, size_t room, int flags, struct sockaddr* from,
                      socklen_t* from_size);
long receive_datagram_message(int fd, struct Descriptor* d, struct msghdr* message, int flags);
