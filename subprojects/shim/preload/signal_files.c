#include "preload/signal_files.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include "preload/scheduler.h"
#include "preload/signals.h"

enum { SIGNAL_FILES_MAX = 16 };

static struct SignalFile {
  int fd;  // 0: free
  u64 mask;
  bool raised;  // the eventfd says that something is there
} files[SIGNAL_FILES_MAX];
static int used;  // none is in use from here on

static void tell(struct SignalFile* file, bool pending) {
  u64 count = 1;
  if (pending == file->raised) return;
  file->raised = pending;
  if (pending)
    KERNEL3(SYS_write, file->fd, &count, sizeof count);
  else
    KERNEL3(SYS_read, file->fd, &count, sizeof count);
}

void signal_files_update(void) {
  if (used == 0) return;
  u64 pending = page->signals;
  for (int i = 0; i < threads_count; ++i) pending |= threads[i]->pending;
  for (int i = 0; i < used; ++i)
    if (files[i].fd) tell(&files[i], (pending & files[i].mask) != 0);
}

void signal_file_closed(int index) {
  memset(&files[index], 0, sizeof files[index]);
  while (used > 0 && !files[used - 1].fd) --used;
}

void signal_files_fork(void) {
  for (int i = 0; i < used; ++i) {
    if (!files[i].fd) continue;
    long fresh = KERNEL2(SYS_eventfd2, 0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fresh < 0) continue;
    KERNEL3(SYS_dup3, fresh, files[i].fd, 0);
    KERNEL1(SYS_close, fresh);
    files[i].raised = false;
  }
}

static bool one_is_there(struct Thread* thread) {
  return ((page->signals | thread->pending) & *(const u64*)thread->argument) != 0;
}

static void fill(struct signalfd_siginfo* out, const siginfo_t* information) {
  memset(out, 0, sizeof *out);
  out->ssi_signo = (u32)information->si_signo;
  out->ssi_code = information->si_code;
  out->ssi_pid = (u32)information->si_pid;
  out->ssi_int = information->si_value.sival_int;
  out->ssi_ptr = (u64)information->si_value.sival_ptr;
}

long read_signals(int fd, const struct Descriptor* d, void* out, size_t size) {
  struct SignalFile* file = &files[d->timer];
  size_t room = size / sizeof(struct signalfd_siginfo), count = 0;
  if (room == 0) return -EINVAL;
  while (!((page->signals | self->pending) & file->mask)) {
    if (!is_blocking(fd)) return -EAGAIN;
    struct Wait wait = {
        .deadline_ns = SHIM_NEVER, .ready = one_is_there, .argument = &file->mask, .interruptible = true};
    if (park(&wait) == WAKE_SIGNAL) return -EINTR;
  }
  siginfo_t information;
  while (count < room && take_signal(file->mask, &information))
    fill((struct signalfd_siginfo*)out + count++, &information);
  signal_files_update();
  return (long)(count * sizeof(struct signalfd_siginfo));
}

static long signal_file(int fd, const u64* mask, int flags) {
  if (fd >= 0) {
    const struct Descriptor* d = raw_descriptor(fd);
    if (d->kind != FD_SIGNAL) return -EINVAL;
    files[d->timer].mask = *mask;
    signal_files_update();
    return fd;
  }
  int index = 0;
  while (index < SIGNAL_FILES_MAX && files[index].fd) ++index;
  if (index == SIGNAL_FILES_MAX) {
    taint("more than %d signal files", SIGNAL_FILES_MAX);
    return -EMFILE;
  }
  // The eventfd never waits; `fd` does where it was made so.
  long made = KERNEL2(SYS_eventfd2, 0, EFD_NONBLOCK | (flags & SFD_CLOEXEC));
  if (made < 0) return made;
  files[index] = (struct SignalFile){.fd = (int)made, .mask = *mask};
  if (index >= used) used = index + 1;
  struct Descriptor* d = raw_descriptor((int)made);
  *d = (struct Descriptor){.kind = FD_SIGNAL, .timer = index, .non_blocking = flags & SFD_NONBLOCK ? 2 : 1};
  signal_files_update();
  return made;
}

long call_signalfd(const long* a) { return signal_file((int)a[0], (const u64*)a[1], 0); }
long call_signalfd4(const long* a) { return signal_file((int)a[0], (const u64*)a[1], (int)a[3]); }
