#include "preload/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "preload/descriptors.h"
#include "preload/scheduler.h"

static long opened(long fd) {
  if (fd >= 0) forget_descriptor((int)fd);
  return fd;
}

long call_open(const long* a) { return call_openat((const Arguments){AT_FDCWD, a[0], a[1], a[2]}); }
long call_creat(const long* a) {
  return call_openat((const Arguments){AT_FDCWD, a[0], O_CREAT | O_WRONLY | O_TRUNC, a[1]});
}

long call_openat(const long* a) { return opened(KERNEL4(SYS_openat, a[0], a[1], a[2], a[3])); }

struct Flock {
  int fd;
  long operation, result;
};

static bool is_locked(struct Thread* thread) {
  struct Flock* attempt = thread->argument;
  attempt->result = KERNEL2(SYS_flock, attempt->fd, attempt->operation | LOCK_NB);
  return attempt->result != -EWOULDBLOCK;
}

long call_flock(const long* a) {
  struct Flock attempt = {(int)a[0], a[1], 0};
  if (a[1] & LOCK_UN) page->progress = 1;
  struct Thread probe = {.argument = &attempt};
  if (is_locked(&probe) || (a[1] & LOCK_NB)) return attempt.result;
  struct Wait wait = {.deadline_ns = SHIM_NEVER, .ready = is_locked, .argument = &attempt, .interruptible = true};
  return park(&wait) == WAKE_SIGNAL ? -EINTR : attempt.result;
}
