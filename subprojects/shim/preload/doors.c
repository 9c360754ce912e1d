// libc's functions for the calls that programs make most: they come here without a trap. Everything else arrives by
// number through the trap, so nothing rests on this list being complete.
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/uio.h>
#include <time.h>

#include "preload/calls.h"
#include "preload/scheduler.h"

extern void pthread_testcancel(void);

static long finish(long result) {
  if ((unsigned long)result < -4095UL) return result;
  errno = (int)-result;
  return -1;
}

#define ENTER(number, ...) finish(serve((number), (const Arguments){__VA_ARGS__}))
#define A(x) (long)(x)

// A cancellation point: libc's own calls act on pthread_cancel inside the wait, ours where it comes back.
static long serve_cancellable(long number, const long* a) {
  if (!at_work || !self) return serve(number, a);
  for (;;) {
    if (self->cancel != CANCEL_NONE) pthread_testcancel();
    self->cancellable = true;
    long result = serve(number, a);
    self->cancellable = false;
    if (self->cancel != CANCEL_JUST_ASKED) return result;
    self->cancel = CANCEL_ASKED;
    // Where cancelling is disabled the program must not see that it was asked for.
    if (result != -EINTR) return result;
  }
}

#define ENTER_CANCELLABLE(number, ...) finish(serve_cancellable((number), (const Arguments){__VA_ARGS__}))

EXPORT long read(int fd, void* out, size_t size) { return ENTER_CANCELLABLE(SYS_read, fd, A(out), A(size)); }
EXPORT long write(int fd, const void* octets, size_t size) {
  return ENTER_CANCELLABLE(SYS_write, fd, A(octets), A(size));
}
EXPORT long readv(int fd, const struct iovec* parts, int count) {
  return ENTER_CANCELLABLE(SYS_readv, fd, A(parts), count);
}
EXPORT long writev(int fd, const struct iovec* parts, int count) {
  return ENTER_CANCELLABLE(SYS_writev, fd, A(parts), count);
}
EXPORT long recv(int fd, void* out, size_t size, int flags) {
  return ENTER_CANCELLABLE(SYS_recvfrom, fd, A(out), A(size), flags, 0, 0);
}
EXPORT long recvfrom(int fd, void* out, size_t size, int flags, void* from, void* from_size) {
  return ENTER_CANCELLABLE(SYS_recvfrom, fd, A(out), A(size), flags, A(from), A(from_size));
}
EXPORT long recvmsg(int fd, void* message, int flags) { return ENTER_CANCELLABLE(SYS_recvmsg, fd, A(message), flags); }
EXPORT long send(int fd, const void* octets, size_t size, int flags) {
  return ENTER_CANCELLABLE(SYS_sendto, fd, A(octets), A(size), flags, 0, 0);
}
EXPORT long sendto(int fd, const void* octets, size_t size, int flags, const void* to, unsigned to_size) {
  return ENTER_CANCELLABLE(SYS_sendto, fd, A(octets), A(size), flags, A(to), to_size);
}
EXPORT long sendmsg(int fd, const void* message, int flags) {
  return ENTER_CANCELLABLE(SYS_sendmsg, fd, A(message), flags);
}

EXPORT int poll(void* entries, unsigned long count, int timeout_ms) {
  return (int)ENTER_CANCELLABLE(SYS_poll, A(entries), A(count), timeout_ms);
}
EXPORT int __poll_chk(void* entries, unsigned long count, int timeout_ms, size_t size) {
  (void)size;
  return poll(entries, count, timeout_ms);
}
EXPORT int epoll_wait(int fd, void* events, int most, int timeout_ms) {
  return (int)ENTER_CANCELLABLE(SYS_epoll_wait, fd, A(events), most, timeout_ms);
}
EXPORT int epoll_pwait(int fd, void* events, int most, int timeout_ms, const void* mask) {
  return (int)ENTER_CANCELLABLE(SYS_epoll_pwait, fd, A(events), most, timeout_ms, A(mask), 8);
}
EXPORT int epoll_ctl(int fd, int operation, int other, void* event) {
  return (int)ENTER(SYS_epoll_ctl, fd, operation, other, A(event));
}
EXPORT int nanosleep(const struct timespec* time, struct timespec* left) {
  return (int)ENTER_CANCELLABLE(SYS_nanosleep, A(time), A(left));
}
EXPORT int clock_nanosleep(int clock, int flags, const struct timespec* time, struct timespec* left) {
  return (int)-serve_cancellable(SYS_clock_nanosleep, (const Arguments){clock, flags, A(time), A(left)});
}
EXPORT int usleep(unsigned microseconds) {
  const struct timespec time = {microseconds / 1000000, microseconds % 1000000 * 1000};
  return nanosleep(&time, NULL);
}
EXPORT unsigned sleep(unsigned seconds) {
  struct timespec time = {seconds, 0};
  return nanosleep(&time, &time) == 0 ? 0 : (unsigned)time.tv_sec + (time.tv_nsec >= 500000000);
}
EXPORT int sched_yield(void) { return (int)ENTER(SYS_sched_yield, 0); }

EXPORT int close(int fd) { return (int)ENTER(SYS_close, fd); }
EXPORT int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  int mode = va_arg(more, int);
  va_end(more);
  return (int)ENTER(SYS_openat, AT_FDCWD, A(path), flags, mode);
}
EXPORT int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  int mode = va_arg(more, int);
  va_end(more);
  return (int)ENTER(SYS_openat, AT_FDCWD, A(path), flags, mode);
}
EXPORT int ioctl(int fd, unsigned long operation, ...) {
  va_list more;
  va_start(more, operation);
  long argument = va_arg(more, long);
  va_end(more);
  return (int)ENTER(SYS_ioctl, fd, A(operation), argument);
}
EXPORT int fcntl(int fd, int operation, ...) {
  va_list more;
  va_start(more, operation);
  long argument = va_arg(more, long);
  va_end(more);
  return (int)ENTER(SYS_fcntl, fd, operation, argument);
}
EXPORT int fcntl64(int fd, int operation, ...) {
  va_list more;
  va_start(more, operation);
  long argument = va_arg(more, long);
  va_end(more);
  return (int)ENTER(SYS_fcntl, fd, operation, argument);
}
EXPORT long lseek(int fd, long offset, int from) { return ENTER(SYS_lseek, fd, offset, from); }
EXPORT long lseek64(int fd, long offset, int from) { return ENTER(SYS_lseek, fd, offset, from); }
EXPORT long pread(int fd, void* out, size_t size, long at) { return ENTER(SYS_pread64, fd, A(out), A(size), at); }
EXPORT long pread64(int fd, void* out, size_t size, long at) { return ENTER(SYS_pread64, fd, A(out), A(size), at); }
EXPORT int stat(const char* path, void* out) { return (int)ENTER(SYS_stat, A(path), A(out)); }
EXPORT int stat64(const char* path, void* out) { return (int)ENTER(SYS_stat, A(path), A(out)); }
EXPORT int lstat(const char* path, void* out) { return (int)ENTER(SYS_lstat, A(path), A(out)); }
EXPORT int lstat64(const char* path, void* out) { return (int)ENTER(SYS_lstat, A(path), A(out)); }
EXPORT int fstat(int fd, void* out) { return (int)ENTER(SYS_fstat, fd, A(out)); }
EXPORT int fstat64(int fd, void* out) { return (int)ENTER(SYS_fstat, fd, A(out)); }
EXPORT int statx(int folder, const char* path, int flags, unsigned wanted, void* out) {
  return (int)ENTER(SYS_statx, folder, A(path), flags, wanted, A(out));
}

EXPORT int getpid(void) { return (int)ENTER(SYS_getpid, 0); }
EXPORT int gettid(void) { return (int)ENTER(SYS_gettid, 0); }
EXPORT long syscall(long number, ...) {
  va_list more;
  va_start(more, number);
  Arguments a;
  for (int i = 0; i < 6; ++i) a[i] = va_arg(more, long);
  va_end(more);
  return finish(serve(number, a));
}
