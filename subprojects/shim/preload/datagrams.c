#include "preload/datagrams.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "preload/addresses.h"
#include "preload/poll.h"
#include "preload/processes.h"
#include "preload/sockets.h"

enum { DATAGRAM_MAX = 65507, TRIES_MAX = 20 };

// --- ports ---

static struct ShimDatagramPort* bound_to(u16 port) {
  for (u32 i = 0; i < run->datagram_ports_count; ++i)
    if (run->datagram_ports[i].port == port) return &run->datagram_ports[i];
  return NULL;
}

long bind_datagram_socket(struct Descriptor* d, const struct Endpoint* wanted) {
  u16 port = wanted->port;
  if (port == 0) do
      port = free_port();
    while (bound_to(port));
  struct ShimDatagramPort* slot = bound_to(port);
  if (slot && page_with(slot->pid)) return -EADDRINUSE;
  if (!slot) {
    if (run->datagram_ports_count == SHIM_PORTS_MAX) {
      taint("more than %d bound UDP ports", SHIM_PORTS_MAX);
      return -EADDRINUSE;
    }
    slot = &run->datagram_ports[run->datagram_ports_count++];
  }
  *slot = (struct ShimDatagramPort){.port = port, .pid = page->pid, .id = d->id};
  d->local = *wanted;
  d->local.port = port;
  return 0;
}

void datagram_socket_closed(const struct Descriptor* d) {
  struct ShimDatagramPort* slot = bound_to(d->local.port);
  if (slot && slot->id == d->id && slot->pid == page->pid) *slot = run->datagram_ports[--run->datagram_ports_count];
}

static long bind_to_any(struct Descriptor* d) {
  if (d->local.port != 0) return 0;
  const struct Endpoint any = d->local;
  return bind_datagram_socket(d, &any);
}

// --- connecting and sending ---

long name_datagram_socket(int fd, struct Descriptor* d) {
  struct sockaddr_un name;
  d->id = run->next_id++;
  socklen_t size = name_socket(&name, "d", d->id, true);
  long result = KERNEL3(SYS_bind, fd, &name, size);
  if (result == 0) return fd;
  KERNEL1(SYS_close, fd);
  forget_descriptor(fd);
  return result;
}

long connect_datagram_socket(struct Descriptor* d, const struct sockaddr* address, socklen_t size) {
  if (address->sa_family == AF_UNSPEC) {
    memset(&d->peer, 0, sizeof d->peer);
    return 0;
  }
  if (!endpoint_of(address, size, &d->peer)) return -EAFNOSUPPORT;
  long result = bind_to_any(d);
  if (result < 0) return result;
  // Anew at each connect: libc's getaddrinfo sorts addresses by it.
  d->follows_peer = d->follows_peer || d->local.family == 0;
  if (d->follows_peer) set_local_address(&d->local, &d->peer);
  return 0;
}

// A socket of this run; 0: the simulator.
static u32 receiver_of(const struct Endpoint* to) {
  struct ShimDatagramPort* slot = is_loopback(to) ? bound_to(to->port) : NULL;
  return slot ? slot->id : 0;
}

// To one of the run's own: it must find who sent it. Lost where the receiver takes nothing for so long, as UDP may lose
// it.
static long send_inside(int fd, struct msghdr* framed) {
  page->progress = 1;
  for (int tries = 0; tries < TRIES_MAX; ++tries) {
    long result = KERNEL3(SYS_sendmsg, fd, framed, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (result != -EAGAIN) return result;
    struct Wait wait = {.deadline_ns = deadline_after(0)};
    park(&wait);
  }
  return 0;
}

long send_datagram_message(int fd, struct Descriptor* d, const struct msghdr* message) {
  struct Endpoint to = d->peer;
  if (message->msg_name && message->msg_namelen > 0 && !endpoint_of(message->msg_name, message->msg_namelen, &to))
    return -EAFNOSUPPORT;
  if (to.family == 0) return -EDESTADDRREQ;
  struct ShimDatagramHead head = {.id = d->id, .port = to.port, .family = to.family};
  memcpy(head.address, to.address, 16);
  struct iovec parts[17] = {{&head, sizeof head}};
  if (message->msg_iovlen > 16) return -EMSGSIZE;
  size_t total = 0;
  for (size_t i = 0; i < message->msg_iovlen; ++i) {
    parts[i + 1] = message->msg_iov[i];
    total += message->msg_iov[i].iov_len;
  }
  if (total > DATAGRAM_MAX) return -EMSGSIZE;
  long result = bind_to_any(d);
  if (result < 0) return result;
  struct sockaddr_un name;
  u32 receiver = receiver_of(&to);
  socklen_t size = receiver ? name_socket(&name, "d", receiver, true) : name_socket(&name, "udp", 0, false);
  struct msghdr framed = {
      .msg_name = &name, .msg_namelen = size, .msg_iov = parts, .msg_iovlen = message->msg_iovlen + 1};
  if (receiver) {
    head = (struct ShimDatagramHead){.id = d->id, .port = d->local.port, .family = to.family};
    memcpy(head.address, to.address, 16);  // from this host to this host
    result = send_inside(fd, &framed);
    return result < 0 ? result : (long)total;
  }
  note_outward();
  page->outward |= SHIM_OUT_DATAGRAM;
  while ((result = KERNEL3(SYS_sendmsg, fd, &framed, MSG_DONTWAIT | MSG_NOSIGNAL)) == -EAGAIN) hand_over(SHIM_OP_FLUSH);
  return result < 0 ? result : (long)total;
}

long send_datagram(int fd, struct Descriptor* d, const void* octets, size_t count, const struct sockaddr* to,
                   socklen_t to_size) {
  struct iovec part = {(void*)octets, count};
  struct msghdr message = {.msg_name = (void*)to, .msg_namelen = to ? to_size : 0, .msg_iov = &part, .msg_iovlen = 1};
  return send_datagram_message(fd, d, &message);
}

long receive_datagram_message(int fd, struct Descriptor* d, struct msghdr* message, int flags) {
  if (!(flags & MSG_DONTWAIT) && is_blocking(fd)) {
    u64 limit = d->receive_timeout_ns;
    long result = wait_for_descriptor(fd, POLLIN, limit ? deadline_after(limit) : SHIM_NEVER);
    if (result) return result == -ETIMEDOUT ? -EAGAIN : result;
  }
  struct ShimDatagramHead head;
  struct iovec parts[17] = {{&head, sizeof head}};
  if (message->msg_iovlen > 16) return -EMSGSIZE;
  for (size_t i = 0; i < message->msg_iovlen; ++i) parts[i + 1] = message->msg_iov[i];
  struct msghdr framed = {.msg_iov = parts, .msg_iovlen = message->msg_iovlen + 1};
  long result = KERNEL3(SYS_recvmsg, fd, &framed, flags | MSG_DONTWAIT);
  if (result < (long)sizeof head) return result < 0 ? result : -EAGAIN;
  if (message->msg_name) {
    struct Endpoint from = {.family = head.family, .port = head.port};
    memcpy(from.address, head.address, 16);
    put_address(&from, message->msg_name, &message->msg_namelen);
  }
  message->msg_controllen = 0;
  message->msg_flags = framed.msg_flags;
  return result - (long)sizeof head;
}

long receive_datagram(int fd, struct Descriptor* d, void* out, size_t room, int flags, struct sockaddr* from,
                      socklen_t* from_size) {
  struct iovec part = {out, room};
  struct msghdr message = {
      .msg_name = from, .msg_namelen = from && from_size ? *from_size : 0, .msg_iov = &part, .msg_iovlen = 1};
  long result = receive_datagram_message(fd, d, &message, flags);
  if (result >= 0 && from && from_size) *from_size = message.msg_namelen;
  return result;
}
