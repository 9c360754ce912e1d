#include "preload/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "preload/calls.h"
#include "preload/clock.h"
#include "preload/descriptors.h"
#include "preload/openssl.h"
#include "preload/proc.h"
#include "preload/scheduler.h"

// --- opening ---

static long opened(long fd) {
  if (fd >= 0) forget_descriptor((int)fd);
  return fd;
}

long call_open(const long* a) { return call_openat((const Arguments){AT_FDCWD, a[0], a[1], a[2]}); }
long call_creat(const long* a) {
  return call_openat((const Arguments){AT_FDCWD, a[0], O_CREAT | O_WRONLY | O_TRUNC, a[1]});
}

long call_openat(const long* a) {
  const char* path = (const char*)a[1];
  if (!path || path[0] != '/') return opened(KERNEL4(SYS_openat, a[0], path, a[2], a[3]));
  char rewritten[256];
  long fd = open_made_up(path, rewritten, sizeof rewritten);
  if (fd >= 0) {
    opened(fd);
    *raw_descriptor((int)fd) = (struct Descriptor){.kind = FD_PLAIN, .made_up = true};
  }
  if (fd != -1) return fd;
  note_library(path);
  if (rewritten[0]) path = rewritten;
  const char* bundle = (a[2] & O_ACCMODE) == O_RDONLY ? bundle_in_place_of(path) : NULL;
  return opened(KERNEL4(SYS_openat, a[0], bundle ? bundle : path, a[2], a[3]));
}

// --- times and numbers of files ---

enum { REAL_WINDOW_S = 7 * 86400 };

// The real clock set it, since the run began.
static bool is_real(i64 seconds, u32 nanoseconds) {
  i64 since = seconds * (i64)NS_PER_S + nanoseconds - run->started_real_ns;
  return since >= 0 && since < REAL_WINDOW_S * (i64)NS_PER_S;
}

static void tell_time(i64* seconds, u32* nanoseconds) {
  if (!is_real(*seconds, *nanoseconds)) return;
  *seconds = run->epoch_ns / (i64)NS_PER_S;
  *nanoseconds = 0;
}

// A number for a file that the run made: in the order in which they were looked at. The kernel gives numbers of deleted
// files again, sooner or later, so the time of birth is part of what makes a file the same one.
static u64 tell_number(u64 device, u64 number, const struct statx_timestamp* birth) {
  device ^= (u64)birth->tv_sec * NS_PER_S + birth->tv_nsec;
  for (u32 i = 0; i < run->files_count; ++i)
    if (run->files[i].number == number && run->files[i].device == device) return SHIM_FIRST_FILE + i;
  if (run->files_count == SHIM_FILES_MAX) {
    taint("more than %d files of the run's own: their inode numbers are real", SHIM_FILES_MAX);
    return number;
  }
  run->files[run->files_count].device = device;
  run->files[run->files_count].number = number;
  return SHIM_FIRST_FILE + run->files_count++;
}

// Each reading of a made-up file has a file of its own underneath: they are one, and take no numbers.
enum { NUMBER_OF_MADE_UP = SHIM_FIRST_FILE - 1 };
static bool is_made_up(int fd, const char* path, int flags) {
  return (flags & AT_EMPTY_PATH) && (!path || *path == 0) && raw_descriptor(fd)->made_up;
}

// A file that was there before keeps its number, even when somebody writes to it meanwhile.
static void tell_identity(struct stat* out, int folder, const char* path, int flags) {
  if (is_made_up(folder, path, flags)) {
    out->st_ino = NUMBER_OF_MADE_UP;
    out->st_dev = 1;
    return;
  }
  struct statx more = {0};
  KERNEL5(SYS_statx, folder, path, flags, STATX_BTIME, &more);
  if (!is_real(more.stx_btime.tv_sec, more.stx_btime.tv_nsec)) return;
  out->st_ino = tell_number(out->st_dev, out->st_ino, &more.stx_btime);
  out->st_dev = 1;
}

static long told(struct stat* out, long result, int folder, const char* path, int flags) {
  if (result != 0) return result;
  if (is_real(out->st_ctim.tv_sec, (u32)out->st_ctim.tv_nsec)) tell_identity(out, folder, path, flags);
  struct timespec* times[] = {&out->st_atim, &out->st_mtim, &out->st_ctim};
  // When a file was last read depends on how it is mounted.
  out->st_atim = out->st_mtim;
  for (int i = 0; i < 3; ++i) {
    u32 nanoseconds = (u32)times[i]->tv_nsec;
    tell_time(&times[i]->tv_sec, &nanoseconds);
    times[i]->tv_nsec = nanoseconds;
  }
  return 0;
}

long call_stat(const long* a) {
  return told((struct stat*)a[1], KERNEL2(SYS_stat, a[0], a[1]), AT_FDCWD, (const char*)a[0], 0);
}
long call_fstat(const long* a) {
  return told((struct stat*)a[1], KERNEL2(SYS_fstat, a[0], a[1]), (int)a[0], "", AT_EMPTY_PATH);
}
long call_lstat(const long* a) {
  return told((struct stat*)a[1], KERNEL2(SYS_lstat, a[0], a[1]), AT_FDCWD, (const char*)a[0], AT_SYMLINK_NOFOLLOW);
}
long call_newfstatat(const long* a) {
  return told((struct stat*)a[2], KERNEL4(SYS_newfstatat, a[0], a[1], a[2], a[3]), (int)a[0], (const char*)a[1],
              (int)a[3]);
}

long call_statx(const long* a) {
  struct statx* out = (struct statx*)a[4];
  long result = KERNEL5(SYS_statx, a[0], a[1], a[2], a[3] | STATX_BTIME, out);
  if (result != 0) return result;
  if (is_real(out->stx_btime.tv_sec, out->stx_btime.tv_nsec)) {
    out->stx_ino = is_made_up((int)a[0], (const char*)a[1], (int)a[2])
                       ? NUMBER_OF_MADE_UP
                       : tell_number((u64)out->stx_dev_major << 8 | out->stx_dev_minor, out->stx_ino, &out->stx_btime);
    out->stx_dev_major = 0;
    out->stx_dev_minor = 1;
    out->stx_mnt_id = 1;
  }
  out->stx_atime = out->stx_mtime;
  struct statx_timestamp* times[] = {&out->stx_atime, &out->stx_mtime, &out->stx_ctime, &out->stx_btime};
  for (int i = 0; i < 4; ++i) {
    i64 seconds = times[i]->tv_sec;
    tell_time(&seconds, &times[i]->tv_nsec);
    times[i]->tv_sec = seconds;
  }
  return 0;
}

// What was written gets the virtual time when it is closed.
void stamp_file(int fd) {
  struct timespec now = timespec_of(clock_now(CLOCK_REALTIME));
  struct timespec times[2] = {now, now};
  KERNEL4(SYS_utimensat, fd, 0, times, 0);
}

// --- locks ---

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
  return park(&wait) == WAKE_SIGNAL ? -CALL_AGAIN : attempt.result;
}
