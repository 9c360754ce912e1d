#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "preload/addresses.h"
#include "preload/calls.h"
#include "preload/datagrams.h"
#include "preload/signals.h"
#include "preload/sockets.h"

enum { FILLER_OCTETS = 65536 };

static struct ShimConnection* connection(u32 id) { return &run->connections[id % SHIM_CONNECTIONS_MAX]; }

static void give_local_end(struct Descriptor* d) {
  if (d->local.port == 0) d->local.port = free_port();
  if (d->local.family == 0 || is_loopback(&d->local)) set_local_address(&d->local, &d->peer);
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

// A socket that was bound has the name of its port, and a name is for ever.
static long make_anew(int fd) {
  struct sockaddr_un name;
  socklen_t size = sizeof name;
  if (KERNEL3(SYS_getsockname, fd, &name, &size) != 0 || size <= sizeof name.sun_family) return 0;
  long status = KERNEL2(SYS_fcntl, fd, F_GETFL), flags = KERNEL2(SYS_fcntl, fd, F_GETFD);
  long fresh = KERNEL3(SYS_socket, AF_UNIX, SOCK_STREAM | (status & O_NONBLOCK), 0);
  if (fresh < 0) return fresh;
  long result = KERNEL3(SYS_dup3, fresh, fd, flags & FD_CLOEXEC ? O_CLOEXEC : 0);
  KERNEL1(SYS_close, fresh);
  return result < 0 ? result : 0;
}

static long connect_to_simulator(int fd, struct Descriptor* d) {
  struct sockaddr_un name;
  long result = make_anew(fd);
  if (result < 0) return result;
  u32 id = run->next_id++;
  struct ShimConnection* slot = connection(id);
  if (slot->state != SHIM_CONNECTION_NONE) {
    taint("more than %d connections are open", SHIM_CONNECTIONS_MAX);
    return -EMFILE;
  }
  socklen_t size = name_socket(&name, "c", id, true);
  result = KERNEL3(SYS_bind, fd, &name, size);
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

static long connect_to_port(int fd, u16 port, const char* kind) {
  struct sockaddr_un name;
  socklen_t size = name_socket(&name, kind, port, true);
  long result;
  while ((result = KERNEL3(SYS_connect, fd, &name, size)) == -EAGAIN) {
    struct Wait wait = {.deadline_ns = deadline_after(1000000)};
    park(&wait);
  }
  return result;
}

// To a listener of the run itself; refused where there is none.
static long connect_inside(int fd, struct Descriptor* d) {
  long result = d->peer.family == 6 ? connect_to_port(fd, d->peer.port, "v") : -ECONNREFUSED;
  if (result == -ECONNREFUSED) result = connect_to_port(fd, d->peer.port, "l");
  if (result < 0) return -ECONNREFUSED;
  d->local_peer = true;
  page->progress = 1;
  return 0;
}

long connection_outcome(struct Descriptor* d) {
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
  while (connection_outcome(d) == -EINPROGRESS) {
    enum Wake wake = park(&wait);
    if (wake == WAKE_TIME) return -EINPROGRESS;
    if (wake == WAKE_SIGNAL) return -EINTR;
  }
  return connection_outcome(d);
}

static long connect_local_socket(const long* a);

long call_connect(const long* a) {
  int fd = (int)a[0];
  struct Descriptor* d = descriptor(fd);
  const struct sockaddr* address = (const struct sockaddr*)a[1];
  if (d->kind == FD_DATAGRAM) return connect_datagram_socket(d, address, (socklen_t)a[2]);
  if (d->kind != FD_STREAM) return connect_local_socket(a);
  if (d->id != 0) {
    long now = connection_outcome(d);
    return now == -EINPROGRESS ? -EALREADY : now == 0 ? -EISCONN : now;
  }
  if (!endpoint_of(address, (socklen_t)a[2], &d->peer)) return -EAFNOSUPPORT;
  if (d->peer.family == 6 && d->family == 4) return -EAFNOSUPPORT;
  give_local_end(d);
  d->write_ended = false;
  if (is_loopback(&d->peer) && connect_inside(fd, d) == 0) return 0;
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

bool has_failed(const struct Descriptor* d) {
  const struct ShimConnection* slot = connection(d->id);
  return d->id != 0 && slot->id == d->id && slot->state == SHIM_CONNECTION_FAILED;
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
