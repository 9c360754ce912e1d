#include "preload/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "preload/calls.h"
#include "preload/datagrams.h"
#include "preload/files.h"
#include "preload/interfaces.h"
#include "preload/scheduler.h"
#include "preload/signal_files.h"
#include "preload/timers.h"

static struct Descriptor table[DESCRIPTORS_MAX];
static struct Descriptor beyond;  // what is above the limit that the simulator sets

struct Descriptor* raw_descriptor(int fd) {
  if (fd >= 0 && fd < DESCRIPTORS_MAX) return &table[fd];
  beyond = (struct Descriptor){.kind = FD_PLAIN};
  return &beyond;
}

static enum DescriptorKind kind_of(const struct stat* status) {
  switch (status->st_mode & S_IFMT) {
    case S_IFCHR:
      if (status->st_rdev == makedev(1, 8) || status->st_rdev == makedev(1, 9)) return FD_RANDOM;
      return major(status->st_rdev) == 1 ? FD_PLAIN : FD_WAITING;
    case S_IFREG:
    case S_IFDIR:
    case S_IFBLK:
    case S_IFLNK:
      return FD_PLAIN;
    default:
      return FD_WAITING;
  }
}

struct Descriptor* descriptor(int fd) {
  struct Descriptor* d = raw_descriptor(fd);
  if (d->kind != FD_UNKNOWN) return d;
  struct stat status;
  if (KERNEL2(SYS_fstat, fd, &status) != 0) {
    beyond = (struct Descriptor){.kind = FD_PLAIN};
    return &beyond;
  }
  d->kind = kind_of(&status);
  d->between = S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
  if (S_ISSOCK(status.st_mode)) recognise_socket(fd, d);
  return d;
}

static void free_timer(int fd) {
  for (int other = 0; other < DESCRIPTORS_MAX; ++other)
    if (other != fd && table[other].kind == FD_TIMER && table[other].timer == table[fd].timer) return;
  timer_file_closed(table[fd].timer);
}

static void free_datagram_port(int fd) {
  for (int other = 0; other < DESCRIPTORS_MAX; ++other)
    if (other != fd && table[other].kind == FD_DATAGRAM && table[other].id == table[fd].id) return;
  datagram_socket_closed(&table[fd]);
}

static void free_signal_file(int fd) {
  for (int other = 0; other < DESCRIPTORS_MAX; ++other)
    if (other != fd && table[other].kind == FD_SIGNAL && table[other].timer == table[fd].timer) return;
  signal_file_closed(table[fd].timer);
}

void forget_descriptor(int fd) {
  if (fd < 0 || fd >= DESCRIPTORS_MAX) return;
  page->spoke = 1;
  if (table[fd].written) stamp_file(fd);
  if (table[fd].kind >= FD_STREAM) note_outward();
  if (table[fd].kind == FD_TIMER) free_timer(fd);
  if (table[fd].kind == FD_SIGNAL) free_signal_file(fd);
  if (table[fd].kind == FD_DATAGRAM) free_datagram_port(fd);
  memset(&table[fd], 0, sizeof table[fd]);
}

void copy_descriptor(int from, int to) {
  if (from < 0 || from >= DESCRIPTORS_MAX || to < 0 || to >= DESCRIPTORS_MAX || from == to) return;
  table[to] = table[from];
}

bool is_blocking(int fd) {
  struct Descriptor* d = raw_descriptor(fd);
  if (d->non_blocking == 0) {
    long flags = KERNEL2(SYS_fcntl, fd, F_GETFL);
    d->non_blocking = flags >= 0 && (flags & O_NONBLOCK) ? 2 : 1;
  }
  return d->non_blocking == 1;
}

// --- the calls ---

long call_close(const long* a) {
  int fd = (int)a[0];
  if (fd >= 0 && fd < DESCRIPTORS_MAX) {
    // Who polls the other end of a pipe sees its end.
    page->progress = 1;
    forget_descriptor(fd);
  }
  return KERNEL1(SYS_close, fd);
}

long call_close_range(const long* a) {
  u32 last = (u32)a[1] < DESCRIPTORS_MAX ? (u32)a[1] : DESCRIPTORS_MAX - 1;
  if (!(a[2] & CLOSE_RANGE_CLOEXEC))
    for (u32 fd = (u32)a[0]; fd <= last; ++fd)
      if (table[fd].kind != FD_UNKNOWN) forget_descriptor((int)fd);
  return KERNEL3(SYS_close_range, a[0], a[1], a[2]);
}

static long copied(int from, long to) {
  if (to >= 0) copy_descriptor(from, (int)to);
  return to;
}

long call_dup(const long* a) { return copied((int)a[0], KERNEL1(SYS_dup, a[0])); }

long call_dup2(const long* a) {
  if (a[0] != a[1]) forget_descriptor((int)a[1]);
  return copied((int)a[0], KERNEL2(SYS_dup2, a[0], a[1]));
}

long call_dup3(const long* a) {
  if (a[0] != a[1]) forget_descriptor((int)a[1]);
  return copied((int)a[0], KERNEL3(SYS_dup3, a[0], a[1], a[2]));
}

// A lock on a file that another process of the run may hold: it is tried again whenever something happened.
struct LockTry {
  int fd;
  long operation, lock, result;
};

static bool lock_is_ours(struct Thread* thread) {
  struct LockTry* attempt = thread->argument;
  attempt->result = KERNEL3(SYS_fcntl, attempt->fd, attempt->operation, attempt->lock);
  return attempt->result != -EAGAIN && attempt->result != -EACCES;
}

static long wait_for_lock(int fd, long operation, long lock) {
  struct LockTry attempt = {fd, operation == F_SETLKW ? F_SETLK : F_OFD_SETLK, lock, 0};
  struct Thread probe = {.argument = &attempt};
  if (lock_is_ours(&probe)) return attempt.result;
  struct Wait wait = {.deadline_ns = SHIM_NEVER, .ready = lock_is_ours, .argument = &attempt, .interruptible = true};
  return park(&wait) == WAKE_SIGNAL ? -CALL_AGAIN : attempt.result;
}

long call_fcntl(const long* a) {
  int fd = (int)a[0];
  switch (a[1]) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      return copied(fd, KERNEL3(SYS_fcntl, fd, a[1], a[2]));
    case F_SETFL:
      raw_descriptor(fd)->non_blocking = 0;
      return KERNEL3(SYS_fcntl, fd, a[1], a[2]);
    case F_SETLKW:
    case F_OFD_SETLKW:
      return wait_for_lock(fd, a[1], a[2]);
    case F_SETOWN:
    case F_SETOWN_EX:
    case F_SETSIG:
    case F_NOTIFY:
    case F_SETLEASE:
      taint("fcntl operation %d: signals of files are not served", (int)a[1]);
      return -EINVAL;
    default:
      return KERNEL3(SYS_fcntl, fd, a[1], a[2]);
  }
}

long call_ioctl(const long* a) {
  int fd = (int)a[0];
  struct Descriptor* d = raw_descriptor(fd);
  if (a[1] == FIONBIO) d->non_blocking = 0;
  if (is_stand_in(d) && a[1] != FIONBIO && a[1] != FIONREAD && a[1] != FIOCLEX && a[1] != FIONCLEX && a[1] != TIOCOUTQ)
    return interface_ioctl(a[1], (void*)a[2]);
  return KERNEL3(SYS_ioctl, fd, a[1], a[2]);
}
