#include "preload/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

#include "preload/calls.h"
#include "preload/datagrams.h"
#include "preload/poll.h"
#include "preload/signals.h"

enum { BUFFER_OCTETS = 1 << 20, FILLER_OCTETS = 65536, FIRST_PORT = 40000 };

// --- addresses ---

bool endpoint_of(const struct sockaddr* address, socklen_t size, struct Endpoint* out) {
  memset(out, 0, sizeof *out);
  if (address->sa_family == AF_INET && size >= (socklen_t)sizeof(struct sockaddr_in)) {
    const struct sockaddr_in* in = (const struct sockaddr_in*)(const void*)address;
    out->family = 4;
    out->port = ntohs(in->sin_port);
    memcpy(out->address, &in->sin_addr, 4);
    return true;
  }
  if (address->sa_family == AF_INET6 && size >= 24) {
    const struct sockaddr_in6* in = (const struct sockaddr_in6*)(const void*)address;
    static const u8 kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    bool mapped = memcmp(&in->sin6_addr, kMapped, sizeof kMapped) == 0;
    out->family = mapped ? 4 : 6;
    out->port = ntohs(in->sin6_port);
    memcpy(out->address, (const u8*)&in->sin6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
    return true;
  }
  return false;
}

void put_address(const struct Endpoint* endpoint, struct sockaddr* out, socklen_t* size) {
  union {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } address;
  memset(&address, 0, sizeof address);
  socklen_t bytes;
  if (endpoint->family == 6) {
    bytes = sizeof address.v6;
    address.v6.sin6_family = AF_INET6;
    address.v6.sin6_port = htons(endpoint->port);
    memcpy(&address.v6.sin6_addr, endpoint->address, 16);
  } else {
    bytes = sizeof address.v4;
    address.v4.sin_family = AF_INET;
    address.v4.sin_port = htons(endpoint->port);
    memcpy(&address.v4.sin_addr, endpoint->address, 4);
  }
  memcpy(out, &address, *size < bytes ? *size : bytes);
  *size = bytes;
}

// A socket of the newer family tells IPv4 addresses mapped into it.
static void tell_address(const struct Descriptor* d, const struct Endpoint* endpoint, struct sockaddr* out,
                         socklen_t* size) {
  struct Endpoint told = *endpoint;
  if (told.family == 0) told.family = d->family;
  if (d->family == 6 && told.family == 4) {
    told.family = 6;
    bool any = memcmp(told.address, "\0\0\0\0", 4) == 0;
    memmove(told.address + 12, told.address, 4);
    memset(told.address, 0, 12);
    if (!any) told.address[10] = told.address[11] = 0xff;
  }
  put_address(&told, out, size);
}

bool is_loopback(const struct Endpoint* endpoint) {
  static const u8 kZero[16], kLoopback6[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (endpoint->family == 6)
    return memcmp(endpoint->address, kLoopback6, 16) == 0 || memcmp(endpoint->address, kZero, 16) == 0;
  return endpoint->address[0] == 127 || memcmp(endpoint->address, kZero, 4) == 0;
}

static void set_loopback(struct Endpoint* endpoint, u8 family) {
  memset(endpoint->address, 0, sizeof endpoint->address);
  endpoint->family = family;
  if (family == 6)
    endpoint->address[15] = 1;
  else
    memcpy(endpoint->address, (const u8[]){127, 0, 0, 1}, 4);
}

// --- names of the sockets underneath ---

static char* put_number(char* out, u32 value) {
  char digits[10];
  int count = 0;
  do digits[count++] = (char)('0' + value % 10);
  while (value /= 10);
  while (count > 0) *out++ = digits[--count];
  return out;
}

socklen_t name_socket(struct sockaddr_un* out, const char* kind, u32 id, bool numbered) {
  memset(out, 0, sizeof *out);
  out->sun_family = AF_UNIX;
  char* at = out->sun_path + 1;
  memcpy(at, "rb.", 3);
  at += 3;
  size_t length = strlen(run->session);
  memcpy(at, run->session, length);
  at += length;
  *at++ = '.';
  memcpy(at, kind, strlen(kind));
  at += strlen(kind);
  if (numbered) at = put_number(at, id);
  return (socklen_t)(at - (char*)out);
}

// The letter and number of a name of ours; 0: it is not one.
static char read_name(const struct sockaddr_un* name, socklen_t size, u32* id) {
  size_t prefix = 1 + 3 + strlen(run->session) + 1, length = (size_t)size - offsetof(struct sockaddr_un, sun_path);
  if (size <= offsetof(struct sockaddr_un, sun_path) || length <= prefix || name->sun_path[0] != 0) return 0;
  if (memcmp(name->sun_path + 1, "rb.", 3) != 0 || memcmp(name->sun_path + 4, run->session, strlen(run->session)) != 0)
    return 0;
  *id = 0;
  for (size_t i = prefix + 1; i < length; ++i) {
    if (name->sun_path[i] < '0' || name->sun_path[i] > '9') return 0;
    *id = *id * 10 + (u32)(name->sun_path[i] - '0');
  }
  return name->sun_path[prefix];
}

void recognise_socket(int fd, struct Descriptor* d) {
  struct sockaddr_un name;
  socklen_t size = sizeof name;
  u32 id;
  if (KERNEL3(SYS_getsockname, fd, &name, &size) != 0) return;
  char letter = read_name(&name, size, &id);
  if (letter == 'c') *d = (struct Descriptor){.kind = FD_STREAM, .family = 4, .id = id};
  if (letter == 'd') *d = (struct Descriptor){.kind = FD_DATAGRAM, .family = 4, .id = id};
  if (letter == 'l') {
    size = sizeof name;
    bool connected = KERNEL3(SYS_getpeername, fd, &name, &size) == 0;
    *d = (struct Descriptor){.kind = connected ? FD_STREAM : FD_LISTENER, .family = 4};
    d->local.family = 4;
    d->local.port = (u16)id;
    if (connected && read_name(&name, size, &id) == 'h') d->id = id;
  }
}

// --- making and closing ---

static bool serves_family(int family) { return family == AF_INET || family == AF_INET6; }

long call_socket(const long* a) {
  int type = (int)a[1] & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), flags = (int)a[1] & (SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (a[0] == AF_UNIX) return KERNEL3(SYS_socket, a[0], a[1], a[2]);
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
  page->progress = 1;
  return KERNEL2(SYS_shutdown, a[0], a[1]);
}

// --- connect ---

static struct ShimConnection* connection(u32 id) { return &run->connections[id % SHIM_CONNECTIONS_MAX]; }

static struct ShimPort* listening_on(u16 port) {
  for (u32 i = 0; i < run->ports_count; ++i)
    if (run->ports[i].port == port) return &run->ports[i];
  return NULL;
}

u16 free_port(void) {
  u16 port = run->next_port;
  do {
    port = port == 60999 ? FIRST_PORT : (u16)(port + 1);
  } while (listening_on(port));
  run->next_port = port;
  return port;
}

static void give_local_end(struct Descriptor* d) {
  if (d->local.port == 0) d->local.port = free_port();
  if (d->local.family == 0 || is_loopback(&d->local)) {
    u16 port = d->local.port;
    set_loopback(&d->local, d->peer.family);
    if (!is_loopback(&d->peer) && d->peer.family == 4) memcpy(d->local.address, (const u8[]){10, 99, 255, 2}, 4);
    d->local.port = port;
  }
}

// As long as nothing has answered the socket must not be writable: filler that the simulator takes out makes it so.
static u32 fill_up(int fd) {
  static const u8 kFiller[FILLER_OCTETS];
  u32 filled = 0;
  for (;;) {
    long sent = KERNEL6(SYS_sendto, fd, kFiller, sizeof kFiller, MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0);
    if (sent <= 0) break;
    filled += (u32)sent;
  }
  return filled;
}

static long connect_to_simulator(int fd, struct Descriptor* d) {
  struct sockaddr_un name;
  u32 id = run->next_id++;
  struct ShimConnection* slot = connection(id);
  if (slot->state != SHIM_CONNECTION_NONE) {
    taint("more than %d connections are open", SHIM_CONNECTIONS_MAX);
    return -EMFILE;
  }
  socklen_t size = name_socket(&name, "c", id, true);
  long result = KERNEL3(SYS_bind, fd, &name, size);
  size = name_socket(&name, "sim", 0, false);
  if (result == 0) {
    // The simulator's backlog is long; it empties it whenever it has the turn.
    while ((result = KERNEL3(SYS_connect, fd, &name, size)) == -EAGAIN) hand_over(SHIM_OP_FLUSH);
  }
  if (result < 0) {
    taint("a connection cannot be handed to the simulator (error %d)", (int)-result);
    return -ECONNREFUSED;
  }
  *slot = (struct ShimConnection){.id = id, .state = SHIM_CONNECTION_ASKED};
  d->id = id;
  struct ShimMessage* message = new_message(SHIM_CONNECT);
  message->id = id;
  message->port = d->peer.port;
  message->family = d->peer.family;
  message->filler = fill_up(fd);
  memcpy(message->address, d->peer.address, 16);
  note_outward();
  return 0;
}

static long connect_inside(int fd, struct Descriptor* d) {
  struct sockaddr_un name;
  socklen_t size = name_socket(&name, "l", d->peer.port, true);
  long result = KERNEL3(SYS_connect, fd, &name, size);
  while (result == -EAGAIN) {
    struct Wait wait = {.deadline_ns = deadline_after(1000000)};
    park(&wait);
    result = KERNEL3(SYS_connect, fd, &name, size);
  }
  if (result < 0) return -ECONNREFUSED;
  d->local_peer = true;
  page->progress = 1;
  return 0;
}

// What connect, or the wait after it, ends in.
static long outcome(struct Descriptor* d) {
  struct ShimConnection* slot = connection(d->id);
  switch (slot->state) {
    case SHIM_CONNECTION_ASKED:
      return -EINPROGRESS;
    case SHIM_CONNECTION_FAILED:
      return take_connection_error(d, -ECONNREFUSED);
    default:
      return 0;
  }
}

static bool is_answered(struct Thread* thread) {
  return connection(((struct Descriptor*)thread->argument)->id)->state != SHIM_CONNECTION_ASKED;
}

static long wait_for_outcome(struct Descriptor* d) {
  struct Wait wait = {.deadline_ns = d->send_timeout_ns ? deadline_after(d->send_timeout_ns) : SHIM_NEVER,
                      .ready = is_answered,
                      .argument = d,
                      .interruptible = true};
  while (outcome(d) == -EINPROGRESS) {
    enum Wake wake = park(&wait);
    if (wake == WAKE_TIME) return -EINPROGRESS;
    if (wake == WAKE_SIGNAL) return -EINTR;
  }
  return outcome(d);
}

static long connect_local_socket(const long* a);

long call_connect(const long* a) {
  int fd = (int)a[0];
  struct Descriptor* d = descriptor(fd);
  const struct sockaddr* address = (const struct sockaddr*)a[1];
  if (d->kind == FD_DATAGRAM) return connect_datagram_socket(d, address, (socklen_t)a[2]);
  if (d->kind != FD_STREAM) return connect_local_socket(a);
  if (d->id != 0) {
    long now = outcome(d);
    return now == -EINPROGRESS ? -EALREADY : now == 0 ? -EISCONN : now;
  }
  if (!endpoint_of(address, (socklen_t)a[2], &d->peer)) return -EAFNOSUPPORT;
  if (d->peer.family == 6 && d->family == 4) return -EAFNOSUPPORT;
  give_local_end(d);
  if (is_loopback(&d->peer) && listening_on(d->peer.port)) return connect_inside(fd, d);
  long result = connect_to_simulator(fd, d);
  if (result < 0) return result;
  return is_blocking(fd) ? wait_for_outcome(d) : -EINPROGRESS;
}

long take_connection_error(struct Descriptor* d, long result) {
  if (d->id == 0) return result;
  struct ShimConnection* slot = connection(d->id);
  if (slot->id != d->id || slot->error == 0) return result;
  long error = slot->error;
  slot->error = 0;
  return -error;
}

// Unix sockets: those of the run's own processes only.
static long connect_local_socket(const long* a) {
  const struct sockaddr_un* name = (const struct sockaddr_un*)a[1];
  struct stat status;
  bool has_path = a[2] > 2 && name->sun_family == AF_UNIX && name->sun_path[0] != 0;
  if (has_path && KERNEL4(SYS_newfstatat, AT_FDCWD, name->sun_path, &status, 0) == 0 &&
      status.st_ctim.tv_sec * (i64)NS_PER_S + status.st_ctim.tv_nsec < run->started_real_ns) {
    taint("it connects to the local socket %s of another program; refused", name->sun_path);
    return -ECONNREFUSED;
  }
  page->progress = 1;
  long result;
  while ((result = KERNEL3(SYS_connect, a[0], a[1], a[2])) == -EAGAIN && is_blocking((int)a[0])) {
    struct Wait wait = {.deadline_ns = deadline_after(1000000)};
    park(&wait);
  }
  return result;
}

// --- listen and accept ---

long call_bind(const long* a) {
  struct Descriptor* d = descriptor((int)a[0]);
  if (!is_stand_in(d)) return KERNEL3(SYS_bind, a[0], a[1], a[2]);
  struct Endpoint wanted;
  if (!endpoint_of((const struct sockaddr*)a[1], (socklen_t)a[2], &wanted)) return -EAFNOSUPPORT;
  if (d->kind == FD_STREAM && wanted.port != 0 && listening_on(wanted.port)) return -EADDRINUSE;
  d->local = wanted;
  if (wanted.port == 0) d->local.port = free_port();
  return 0;
}

long call_listen(const long* a) {
  int fd = (int)a[0];
  struct Descriptor* d = descriptor(fd);
  if (!is_stand_in(d)) return KERNEL2(SYS_listen, a[0], a[1]);
  if (d->kind == FD_LISTENER) return 0;
  if (d->kind != FD_STREAM) return -EOPNOTSUPP;
  if (d->local.port == 0) d->local.port = free_port();
  if (d->local.family == 0) d->local.family = d->family;
  if (run->ports_count == SHIM_PORTS_MAX) {
    taint("more than %d listening ports", SHIM_PORTS_MAX);
    return -EADDRINUSE;
  }
  struct sockaddr_un name;
  socklen_t size = name_socket(&name, "l", d->local.port, true);
  long result = KERNEL3(SYS_bind, fd, &name, size);
  if (result == 0) result = KERNEL2(SYS_listen, fd, a[1] < 16 ? 16 : a[1]);
  if (result < 0) return -EADDRINUSE;
  d->kind = FD_LISTENER;
  run->ports[run->ports_count++] = (struct ShimPort){d->local.port, page->pid};
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
  if (!is_stand_in(d)) return KERNEL3(SYS_getsockname, a[0], a[1], a[2]);
  tell_address(d, &d->local, (struct sockaddr*)a[1], (socklen_t*)a[2]);
  return 0;
}

long call_getpeername(const long* a) {
  struct Descriptor* d = descriptor((int)a[0]);
  if (!is_stand_in(d)) return KERNEL3(SYS_getpeername, a[0], a[1], a[2]);
  if (d->peer.family == 0 || (d->kind == FD_STREAM && d->id != 0 && outcome(d) == -EINPROGRESS)) return -ENOTCONN;
  tell_address(d, &d->peer, (struct sockaddr*)a[1], (socklen_t*)a[2]);
  return 0;
}

static u64 timeout_of(const struct timeval* time) { return (u64)time->tv_sec * NS_PER_S + (u64)time->tv_usec * 1000; }

long call_setsockopt(const long* a) {
  struct Descriptor* d = descriptor((int)a[0]);
  bool of_socket = a[1] == SOL_SOCKET;
  if (of_socket && (a[2] == SO_RCVTIMEO || a[2] == SO_SNDTIMEO)) {
    if (a[4] < (long)sizeof(struct timeval)) return -EINVAL;
    u64 timeout = timeout_of((const struct timeval*)a[3]);
    *(a[2] == SO_RCVTIMEO ? &d->receive_timeout_ns : &d->send_timeout_ns) = timeout;
    return 0;
  }
  // Buffers keep their size: the wait for room is part of the schedule.
  if (is_stand_in(d)) return 0;
  return KERNEL5(SYS_setsockopt, a[0], a[1], a[2], a[3], a[4]);
}

static long give_option(const long* a, const void* value, socklen_t size) {
  socklen_t* room = (socklen_t*)a[4];
  if (*room > size) *room = size;
  memcpy((void*)a[3], value, *room);
  return 0;
}

static long give_number(const long* a, int value) { return give_option(a, &value, sizeof value); }

static long option_of_stand_in(const long* a, struct Descriptor* d) {
  if (a[1] != SOL_SOCKET) {
    if (a[1] == IPPROTO_TCP && a[2] == TCP_MAXSEG) return give_number(a, 1460);
    if (a[1] == IPPROTO_TCP && a[2] == TCP_INFO) return -ENOPROTOOPT;
    return give_number(a, 0);
  }
  switch (a[2]) {
    case SO_ERROR: {
      long error = d->kind == FD_STREAM ? take_connection_error(d, 0) : 0;
      return give_number(a, (int)-error);
    }
    case SO_TYPE:
      return give_number(a, d->kind == FD_DATAGRAM ? SOCK_DGRAM : SOCK_STREAM);
    case SO_DOMAIN:
      return give_number(a, d->family == 6 ? AF_INET6 : AF_INET);
    case SO_PROTOCOL:
      return give_number(a, d->kind == FD_DATAGRAM ? IPPROTO_UDP : IPPROTO_TCP);
    case SO_ACCEPTCONN:
      return give_number(a, d->kind == FD_LISTENER);
    case SO_SNDBUF:
    case SO_RCVBUF:
      return give_number(a, BUFFER_OCTETS);
    case SO_PEERCRED:
      return -ENOPROTOOPT;
    default:
      return give_number(a, 0);
  }
}

long call_getsockopt(const long* a) {
  struct Descriptor* d = descriptor((int)a[0]);
  if (a[1] == SOL_SOCKET && (a[2] == SO_RCVTIMEO || a[2] == SO_SNDTIMEO)) {
    u64 ns = a[2] == SO_RCVTIMEO ? d->receive_timeout_ns : d->send_timeout_ns;
    struct timeval time = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S / 1000)};
    return give_option(a, &time, sizeof time);
  }
  if (is_stand_in(d)) return option_of_stand_in(a, d);
  return KERNEL5(SYS_getsockopt, a[0], a[1], a[2], a[3], a[4]);
}
