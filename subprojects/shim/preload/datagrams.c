#include "preload/datagrams.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "preload/addresses.h"
#include "preload/poll.h"
#include "preload/sockets.h"

enum { DATAGRAM_MAX = 65507 };

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
  if (d->local.port == 0) d->local.port = free_port();
  if (d->local.family == 0) {
    d->local.family = d->peer.family;
    memcpy(d->local.address, (const u8[]){10, 99, 255, 2}, 4);
    if (d->peer.family == 6) memset(d->local.address, 0, 16), d->local.address[0] = 0xfd, d->local.address[15] = 2;
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
  if (d->local.port == 0) d->local.port = free_port();
  struct sockaddr_un name;
  socklen_t size = name_socket(&name, "udp", 0, false);
  struct msghdr framed = {
      .msg_name = &name, .msg_namelen = size, .msg_iov = parts, .msg_iovlen = message->msg_iovlen + 1};
  note_outward();
  long result;
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
