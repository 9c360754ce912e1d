#include "preload/sockets.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>

#include "preload/addresses.h"
#include "preload/calls.h"
#include "preload/datagrams.h"
#include "preload/interfaces.h"
#include "preload/poll.h"

enum { FIRST_PORT = 40000 };

void recognise_socket(int fd, struct Descriptor* d) {
  struct sockaddr_un name;
  socklen_t size = sizeof name;
  u32 id;
  if (KERNEL3(SYS_getsockname, fd, &name, &size) != 0) return;
  char letter = read_name(&name, size, &id);
  if (letter == 'c') *d = (struct Descriptor){.kind = FD_STREAM, .family = 4, .id = id};
  if (letter == 'd') *d = (struct Descriptor){.kind = FD_DATAGRAM, .family = 4, .id = id};
  if (letter == 'l' || letter == 'v') {
    size = sizeof name;
    bool connected = KERNEL3(SYS_getpeername, fd, &name, &size) == 0;
    int listens = 0;
    socklen_t room = sizeof listens;
    KERNEL5(SYS_getsockopt, fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &room);
    *d = (struct Descriptor){.kind = listens ? FD_LISTENER : FD_STREAM, .family = letter == 'v' ? 6 : 4};
    d->six_alone = letter == 'v';
    d->local.family = d->family;
    d->local.port = (u16)id;
    if (connected && read_name(&name, size, &id) == 'h') d->id = id;
  }
}

// --- making and closing ---

static bool serves_family(int family) { return family == AF_INET || family == AF_INET6; }

long call_socket(const long* a) {
  int type = (int)a[1] & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), flags = (int)a[1] & (SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (a[0] == AF_UNIX) return KERNEL3(SYS_socket, a[0], a[1], a[2]);
  if (a[0] == AF_NETLINK && a[2] == NETLINK_ROUTE) return open_routes(flags);
  if (!serves_family((int)a[0])) return -EAFNOSUPPORT;
  if (type != SOCK_STREAM && type != SOCK_DGRAM) return type == SOCK_RAW ? -EPERM : -ESOCKTNOSUPPORT;
  if (type == SOCK_STREAM && a[2] != 0 && a[2] != IPPROTO_TCP) return -EPROTONOSUPPORT;
  long fd = KERNEL3(SYS_socket, AF_UNIX, type | flags, 0);
  if (fd < 0) return fd;
  struct Descriptor* d = raw_descriptor((int)fd);
  *d = (struct Descriptor){.kind = type == SOCK_STREAM ? FD_STREAM : FD_DATAGRAM, .family = a[0] == AF_INET6 ? 6 : 4};
  d->non_blocking = flags & SOCK_NONBLOCK ? 2 : 1;
  if (type == SOCK_DGRAM) return name_datagram_socket((int)fd, d);
  return fd;
}

long call_socketpair(const long* a) { return KERNEL4(SYS_socketpair, a[0], a[1], a[2], a[3]); }

long call_shutdown(const long* a) {
  struct Descriptor* d = descriptor((int)a[0]);
  if (is_stand_in(d)) note_outward();
  if (a[1] != SHUT_RD) d->write_ended = true;
  page->progress = page->spoke = 1;
  return KERNEL2(SYS_shutdown, a[0], a[1]);
}

// --- ports ---

// The kernel's names of the sockets underneath are the table of ports: they live as long as a process holds the socket,
// whoever bound it, and go over fork, execve and Unix sockets with it.
static long take_port(int fd, u16 port, bool six_alone) {
  struct sockaddr_un name;
  socklen_t size = name_socket(&name, six_alone ? "v" : "l", port, true);
  return KERNEL3(SYS_bind, fd, &name, size);
}

static bool is_taken(u16 port) {
  long fd = KERNEL3(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  bool taken = take_port((int)fd, port, false) == -EADDRINUSE || take_port((int)fd, port, true) == -EADDRINUSE;
  KERNEL1(SYS_close, fd);
  return taken;
}

u16 free_port(void) {
  u16 port = run->next_port;
  do {
    port = port == 60999 ? FIRST_PORT : (u16)(port + 1);
  } while (is_taken(port));
  run->next_port = port;
  return port;
}

static long bind_stream(int fd, struct Descriptor* d, const struct Endpoint* wanted) {
  static const u8 kAny[16];
  if (d->local.port != 0 || d->id != 0) return -EINVAL;
  const bool six_alone = wanted->family == 6 && (d->six_alone || memcmp(wanted->address, kAny, sizeof kAny) != 0);
  const u16 port = wanted->port != 0 ? wanted->port : free_port();
  long result = take_port(fd, port, six_alone);
  if (result == -EADDRINUSE && d->shares_port) {
    struct sockaddr_un name;
    socklen_t size = name_socket(&name, "r", run->next_id++, true);
    result = KERNEL3(SYS_bind, fd, &name, size);
  }
  if (result < 0) return result;
  d->local = *wanted;
  d->local.port = port;
  return 0;
}

// --- listen and accept ---

long call_bind(const long* a) {
  struct Descriptor* d = descriptor((int)a[0]);
  if (d->kind == FD_ROUTES) return 0;
  if (!is_stand_in(d)) return KERNEL3(SYS_bind, a[0], a[1], a[2]);
  struct Endpoint wanted;
  if (!endpoint_of((const struct sockaddr*)a[1], (socklen_t)a[2], &wanted)) return -EAFNOSUPPORT;
  if (d->kind == FD_DATAGRAM) return bind_datagram_socket(d, &wanted);
  return bind_stream((int)a[0], d, &wanted);
}

long call_listen(const long* a) {
  int fd = (int)a[0];
  struct Descriptor* d = descriptor(fd);
  if (!is_stand_in(d)) return KERNEL2(SYS_listen, a[0], a[1]);
  if (d->kind == FD_LISTENER) return 0;
  if (d->kind != FD_STREAM) return -EOPNOTSUPP;
  if (d->local.port == 0) {
    const struct Endpoint any = {.family = d->family};
    long result = bind_stream(fd, d, &any);
    if (result < 0) return result;
  }
  long result = KERNEL2(SYS_listen, fd, a[1] < 16 ? 16 : a[1]);
  if (result < 0) return result;
  d->kind = FD_LISTENER;
  struct ShimMessage* message = new_message(SHIM_LISTEN);
  message->port = d->local.port;
  note_outward();
  return 0;
}

long call_accept4(const long* a) {
  int fd = (int)a[0];
  struct Descriptor* d = descriptor(fd);
  if (is_blocking(fd)) {
    u64 limit = d->receive_timeout_ns;
    long result = wait_for_descriptor(fd, POLLIN, limit ? deadline_after(limit) : SHIM_NEVER);
    if (result) return result == -ETIMEDOUT ? -EAGAIN : result;
  }
  page->progress = 1;
  if (d->kind != FD_LISTENER) {
    long local = KERNEL4(SYS_accept4, fd, a[1], a[2], a[3]);
    if (local >= 0) forget_descriptor((int)local);
    return local;
  }
  struct sockaddr_un name;
  socklen_t size = sizeof name;
  long accepted = KERNEL4(SYS_accept4, fd, &name, &size, a[3]);
  if (accepted < 0) return accepted;
  struct Descriptor* stream = raw_descriptor((int)accepted);
  *stream = (struct Descriptor){.kind = FD_STREAM, .family = d->family, .local = d->local};
  stream->non_blocking = a[3] & SOCK_NONBLOCK ? 2 : 1;
  if (is_loopback(&stream->local)) {
    set_loopback(&stream->local, d->local.family == 6 && d->family == 6 ? 6 : 4);
    stream->local.port = d->local.port;
  }
  u32 id;
  if (read_name(&name, size, &id) == 'h') {
    stream->id = id;
    // The simulator left the caller's address in front of the octets.
    struct ShimDatagramHead head;
    if (KERNEL6(SYS_recvfrom, accepted, &head, sizeof head, MSG_DONTWAIT, 0, 0) == (long)sizeof head) {
      stream->peer.family = head.family;
      stream->peer.port = head.port;
      memcpy(stream->peer.address, head.address, 16);
    }
    new_message(SHIM_ACCEPTED)->id = id;
    note_outward();
  } else {
    set_loopback(&stream->peer, stream->local.family);
    stream->peer.port = free_port();
    stream->local_peer = true;
  }
  if (a[1] && a[2]) tell_address(stream, &stream->peer, (struct sockaddr*)a[1], (socklen_t*)a[2]);
  return accepted;
}

long call_accept(const long* a) { return call_accept4((const Arguments){a[0], a[1], a[2], 0}); }

// --- what they say of themselves ---

long call_getsockname(const long* a) {
  struct Descriptor* d = descriptor((int)a[0]);
  if (d->kind == FD_ROUTES) return tell_routes_address(true, (struct sockaddr*)a[1], (socklen_t*)a[2]), 0;
  if (!is_stand_in(d)) return KERNEL3(SYS_getsockname, a[0], a[1], a[2]);
  tell_address(d, &d->local, (struct sockaddr*)a[1], (socklen_t*)a[2]);
  return 0;
}

long call_getpeername(const long* a) {
  struct Descriptor* d = descriptor((int)a[0]);
  if (!is_stand_in(d)) return KERNEL3(SYS_getpeername, a[0], a[1], a[2]);
  if (d->peer.family == 0 || (d->kind == FD_STREAM && d->id != 0 && connection_outcome(d) == -EINPROGRESS))
    return -ENOTCONN;
  tell_address(d, &d->peer, (struct sockaddr*)a[1], (socklen_t*)a[2]);
  return 0;
}
