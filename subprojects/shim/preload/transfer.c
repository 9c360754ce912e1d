#include "preload/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "preload/addresses.h"
#include "preload/calls.h"
#include "preload/clock.h"
#include "preload/datagrams.h"
#include "preload/descriptors.h"
#include "preload/entropy.h"
#include "preload/interfaces.h"
#include "preload/poll.h"
#include "preload/signal_files.h"
#include "preload/signals.h"
#include "preload/sockets.h"

static u64 deadline_of(u64 timeout_ns) { return timeout_ns ? deadline_after(timeout_ns) : SHIM_NEVER; }

// Waits where the call would. -EAGAIN: it does not wait and goes on (or its time limit came).
static long wait_first(int fd, struct Descriptor* d, short events, bool never) {
  if (d->kind < FD_WAITING || never || !is_blocking(fd)) return 0;
  u64 limit = events == POLLIN ? d->receive_timeout_ns : d->send_timeout_ns;
  long result = wait_for_descriptor(fd, events, deadline_of(limit));
  return result == -ETIMEDOUT ? -EAGAIN : result;
}

static long before_reading(int fd, struct Descriptor* d, bool never) {
  long result = wait_first(fd, d, POLLIN, never);
  if (result == 0 && d->kind == FD_STREAM) result = take_connection_error(d, 0);
  return result;
}

static long before_writing(int fd, struct Descriptor* d, bool never) {
  if (d->kind == FD_STREAM || d->kind == FD_DATAGRAM) note_outward();
  if (d->kind == FD_WAITING) page->progress = 1;
  if (d->kind == FD_WAITING && d->between) page->spoke = 1;
  return wait_first(fd, d, POLLOUT, never);
}

// Of a stand-in: an end that is a reset, and the signal that goes with a broken pipe.
static long after_reading(struct Descriptor* d, long result) {
  if (d->kind != FD_STREAM) {
    // Room for the writer at the other end of a pipe.
    if (result > 0) page->progress = 1;
    if (result > 0 && d->between) page->spoke = 1;
    return result;
  }
  // The simulator may have more to write than the socket held.
  if (result > 0) note_outward();
  if (result == 0 || result == -ECONNRESET) return take_connection_error(d, result);
  return result;
}

// As TCP has it: an error that the connection met is told once and brings no signal; the other side's close is found
// out only by what answers the first write behind it, of `size` octets; from then on the pipe is broken.
static long after_writing(struct Descriptor* d, long result, size_t size, bool with_signal) {
  if (result != -EPIPE) return result;
  if (d->kind == FD_STREAM) {
    result = take_connection_error(d, -EPIPE);
    if (result != -EPIPE) return result;
    if (!d->write_ended && !has_failed(d)) {
      d->write_ended = true;
      return (long)size;
    }
  }
  if (with_signal) raise_in_thread(self, SIGPIPE);
  return -EPIPE;
}

// --- read and write ---

static long random_into(const struct iovec* parts, long count) {
  long total = 0;
  for (long i = 0; i < count; ++i) {
    fill_random(parts[i].iov_base, parts[i].iov_len);
    total += (long)parts[i].iov_len;
  }
  return total;
}

long call_read(const long* a) {
  int fd = (int)a[0];
  struct Descriptor* d = descriptor(fd);
  if (d->kind == FD_PLAIN) return KERNEL3(SYS_read, fd, a[1], a[2]);
  if (d->kind == FD_RANDOM) {
    fill_random((void*)a[1], (size_t)a[2]);
    return a[2];
  }
  if (d->kind == FD_DATAGRAM) return receive_datagram(fd, d, (void*)a[1], (size_t)a[2], 0, NULL, NULL);
  if (d->kind == FD_SIGNAL) return read_signals(fd, d, (void*)a[1], (size_t)a[2]);
  long result = before_reading(fd, d, false);
  return result ? result : after_reading(d, KERNEL3(SYS_read, fd, a[1], a[2]));
}

long call_readv(const long* a) {
  int fd = (int)a[0];
  struct Descriptor* d = descriptor(fd);
  if (d->kind == FD_RANDOM) return random_into((const struct iovec*)a[1], a[2]);
  if (d->kind == FD_DATAGRAM) {
    struct msghdr message = {.msg_iov = (struct iovec*)a[1], .msg_iovlen = (size_t)a[2]};
    return receive_datagram_message(fd, d, &message, 0);
  }
  long result = before_reading(fd, d, false);
  return result ? result : after_reading(d, KERNEL3(SYS_readv, fd, a[1], a[2]));
}

// A pipe or socket takes part of a large write; the rest waits for room, as the kernel would make it wait.
static long write_all(int fd, struct Descriptor* d, const u8* octets, size_t size, bool with_signal) {
  size_t done = 0;
  for (;;) {
    long result = before_writing(fd, d, false);
    if (result) return done ? (long)done : result;
    // What the kernel takes without waiting: a pipe that polls writable has room for a page.
    size_t part = size - done;
    if (d->kind == FD_STREAM) {
      result = KERNEL6(SYS_sendto, fd, octets + done, part, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
    } else {
      if (part > 4096 && is_blocking(fd)) part = 4096;
      result = KERNEL3(SYS_write, fd, octets + done, part);
    }
    if (result == -EAGAIN && is_blocking(fd)) continue;
    if (result < 0) return done ? (long)done : after_writing(d, result, part, with_signal);
    done += (size_t)result;
    if (done == size || !is_blocking(fd)) return (long)done;
  }
}

long call_write(const long* a) {
  int fd = (int)a[0];
  struct Descriptor* d = descriptor(fd);
  if (d->kind <= FD_RANDOM) {
    d->written = true;
    return KERNEL3(SYS_write, fd, a[1], a[2]);
  }
  if (d->kind == FD_DATAGRAM) return send_datagram(fd, d, (const void*)a[1], (size_t)a[2], NULL, 0);
  if (d->kind == FD_ROUTES) return ask_routes(fd, (const void*)a[1], (size_t)a[2]);
  if (a[2] == 0) return KERNEL3(SYS_write, fd, a[1], a[2]);
  return write_all(fd, d, (const u8*)a[1], (size_t)a[2], true);
}

static size_t size_of(const struct iovec* parts, size_t count) {
  size_t size = 0;
  for (size_t i = 0; i < count; ++i) size += parts[i].iov_len;
  return size;
}

static long write_parts(int fd, struct Descriptor* d, const struct iovec* parts, long count, bool with_signal) {
  const bool had_ended = d->write_ended;
  long total = 0;
  for (long i = 0; i < count; ++i) {
    if (parts[i].iov_len == 0) continue;
    long result = write_all(fd, d, parts[i].iov_base, parts[i].iov_len, with_signal && total == 0);
    if (result < 0) return total ? total : result;
    if (d->write_ended && !had_ended) return (long)size_of(parts, (size_t)count);  // one write: taken as a whole
    total += result;
    if ((size_t)result < parts[i].iov_len) break;
  }
  return total;
}

long call_writev(const long* a) {
  int fd = (int)a[0];
  struct Descriptor* d = descriptor(fd);
  if (d->kind <= FD_RANDOM) {
    d->written = true;
    return KERNEL3(SYS_writev, fd, a[1], a[2]);
  }
  if (d->kind == FD_DATAGRAM) {
    struct msghdr message = {.msg_iov = (struct iovec*)a[1], .msg_iovlen = (size_t)a[2]};
    return send_datagram_message(fd, d, &message);
  }
  return write_parts(fd, d, (const struct iovec*)a[1], a[2], true);
}

// --- sockets ---

long call_recvfrom(const long* a) {
  int fd = (int)a[0];
  struct Descriptor* d = descriptor(fd);
  struct sockaddr* from = (struct sockaddr*)a[4];
  socklen_t* from_size = (socklen_t*)a[5];
  if (d->kind == FD_DATAGRAM) return receive_datagram(fd, d, (void*)a[1], (size_t)a[2], (int)a[3], from, from_size);
  size_t done = 0;
  for (;;) {
    long result = before_reading(fd, d, (a[3] & MSG_DONTWAIT) != 0);
    if (result) return done ? (long)done : result;
    if (!is_stand_in(d)) {
      result = KERNEL6(SYS_recvfrom, fd, a[1] + (long)done, a[2] - (long)done, a[3] & ~MSG_WAITALL, a[4], a[5]);
      if (result >= 0 && d->kind == FD_ROUTES && from && from_size) tell_routes_address(false, from, from_size);
    } else {
      result = KERNEL6(SYS_recvfrom, fd, a[1] + (long)done, a[2] - (long)done, a[3] & ~MSG_WAITALL, 0, 0);
      if (result >= 0 && from && from_size) put_address(&d->peer, from, from_size);
    }
    result = after_reading(d, result);
    if (result <= 0) return done ? (long)done : result;
    done += (size_t)result;
    bool all = (a[3] & MSG_WAITALL) && !(a[3] & (MSG_PEEK | MSG_DONTWAIT)) && is_blocking(fd);
    if (!all || (long)done == a[2]) return (long)done;
  }
}

long call_recvmsg(const long* a) {
  int fd = (int)a[0];
  struct Descriptor* d = descriptor(fd);
  struct msghdr* message = (struct msghdr*)a[1];
  if (d->kind == FD_DATAGRAM) return receive_datagram_message(fd, d, message, (int)a[2]);
  long result = before_reading(fd, d, (a[2] & MSG_DONTWAIT) != 0);
  if (result) return result;
  if (d->kind == FD_ROUTES) {
    socklen_t room = message->msg_namelen;
    result = KERNEL3(SYS_recvmsg, fd, a[1], a[2]);
    if (result >= 0 && message->msg_name) tell_routes_address(false, message->msg_name, &room);
    message->msg_namelen = room;
    return result;
  }
  if (!is_stand_in(d)) return after_reading(d, KERNEL3(SYS_recvmsg, fd, a[1], a[2]));
  void* name = message->msg_name;
  message->msg_name = NULL;
  result = KERNEL3(SYS_recvmsg, fd, a[1], a[2] & ~MSG_WAITALL);
  message->msg_name = name;
  if (result >= 0) {
    message->msg_namelen = 0;
    message->msg_controllen = 0;
  }
  return after_reading(d, result);
}

long call_recvmmsg(const long* a) {
  struct mmsghdr* messages = (struct mmsghdr*)a[1];
  long count = 0;
  for (; count < a[2]; ++count) {
    // Only the first one waits, unless all are wanted.
    long flags = a[3] & ~MSG_WAITFORONE;
    if (count > 0 && (a[3] & MSG_WAITFORONE)) flags |= MSG_DONTWAIT;
    long result = call_recvmsg((const Arguments){a[0], (long)&messages[count].msg_hdr, flags});
    if (result < 0) return count ? count : result;
    messages[count].msg_len = (u32)result;
  }
  return count;
}

long call_sendto(const long* a) {
  int fd = (int)a[0];
  struct Descriptor* d = descriptor(fd);
  if (d->kind == FD_DATAGRAM)
    return send_datagram(fd, d, (const void*)a[1], (size_t)a[2], (const struct sockaddr*)a[4], (socklen_t)a[5]);
  if (d->kind == FD_ROUTES) return ask_routes(fd, (const void*)a[1], (size_t)a[2]);
  const bool never = (a[3] & MSG_DONTWAIT) != 0, with_signal = !(a[3] & MSG_NOSIGNAL);
  if (is_stand_in(d) && !never && is_blocking(fd) && a[2] > 0)
    return write_all(fd, d, (const u8*)a[1], (size_t)a[2], with_signal);
  long result = before_writing(fd, d, never);
  if (result) return result;
  if (is_stand_in(d))
    result = KERNEL6(SYS_sendto, fd, a[1], a[2], a[3] | MSG_NOSIGNAL, 0, 0);
  else
    result = KERNEL6(SYS_sendto, fd, a[1], a[2], a[3] | MSG_NOSIGNAL, a[4], a[5]);
  return after_writing(d, result, (size_t)a[2], with_signal);
}

long call_sendmsg(const long* a) {
  int fd = (int)a[0];
  struct Descriptor* d = descriptor(fd);
  struct msghdr* message = (struct msghdr*)a[1];
  if (d->kind == FD_DATAGRAM) return send_datagram_message(fd, d, message);
  if (d->kind == FD_ROUTES) return ask_routes_by_parts(fd, message);
  const bool with_signal = !(a[2] & MSG_NOSIGNAL);
  if (is_stand_in(d) && !(a[2] & MSG_DONTWAIT) && is_blocking(fd))
    return write_parts(fd, d, message->msg_iov, (long)message->msg_iovlen, with_signal);
  long result = before_writing(fd, d, (a[2] & MSG_DONTWAIT) != 0);
  if (result) return result;
  struct msghdr plain = *message;
  if (is_stand_in(d)) plain.msg_name = NULL, plain.msg_namelen = 0;
  result = KERNEL3(SYS_sendmsg, fd, &plain, a[2] | MSG_NOSIGNAL);
  return after_writing(d, result, size_of(message->msg_iov, message->msg_iovlen), with_signal);
}

long call_sendmmsg(const long* a) {
  struct mmsghdr* messages = (struct mmsghdr*)a[1];
  long count = 0;
  for (; count < a[2]; ++count) {
    long result = call_sendmsg((const Arguments){a[0], (long)&messages[count].msg_hdr, a[3]});
    if (result < 0) return count ? count : result;
    messages[count].msg_len = (u32)result;
  }
  return count;
}

// From a file into anything: by way of a buffer, so that the waiting is ours.
long call_sendfile(const long* a) {
  int out = (int)a[0], in = (int)a[1];
  i64* offset = (i64*)a[2];
  static u8 buffer[16384];
  size_t wanted = (size_t)a[3] < sizeof buffer ? (size_t)a[3] : sizeof buffer;
  if (descriptor(in)->kind != FD_PLAIN) return -EINVAL;
  long got = offset ? KERNEL4(SYS_pread64, in, buffer, wanted, *offset) : KERNEL3(SYS_read, in, buffer, wanted);
  if (got <= 0) return got;
  long put = call_write((const Arguments){out, (long)buffer, got});
  if (offset)
    *offset += put > 0 ? put : 0;
  else if (put < got)
    KERNEL3(SYS_lseek, in, (put > 0 ? put : 0) - got, 1 /* SEEK_CUR */);
  return put;
}

long call_splice(const long* a) {
  (void)a;
  return -EINVAL;  // programs that use it have another way for files that cannot
}
