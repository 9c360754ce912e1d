// The first thing that runs in a process, before any other library's constructors: find the shared block and the page,
// and take over.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "preload/clock.h"
#include "preload/entropy.h"
#include "preload/openssl.h"
#include "preload/processes.h"
#include "preload/scheduler.h"
#include "preload/signals.h"
#include "preload/threads.h"
#include "preload/timestamp.h"
#include "preload/trap.h"

struct ShimRun* run;
struct ShimPage* page;
bool at_work;

static unsigned long number_at(const char* text) {
  unsigned long value = 0;
  while (*text >= '0' && *text <= '9') value = value * 10 + (unsigned long)(*text++ - '0');
  return value;
}

static bool map_run(const char* variable) {
  char path[64] = "/proc/";
  char* at = put_decimal(path + 6, number_at(variable));
  memcpy(at, "/fd/", 5);
  put_decimal(at + 4, number_at(variable + 11));
  long fd = KERNEL4(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
  if (fd < 0) return false;
  long block = KERNEL6(SYS_mmap, 0, sizeof(struct ShimRun), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  KERNEL1(SYS_close, fd);
  if (block < 0 && block > -4096) return false;
  struct ShimRun* found = (struct ShimRun*)block;
  if (found->magic != SHIM_MAGIC || found->version != SHIM_VERSION || found->size != sizeof(struct ShimRun))
    return false;
  run = found;
  page = &run->pages[number_at(variable + 22)];
  return true;
}

static _Noreturn void give_up(const char* why) {
  KERNEL3(SYS_write, 2, why, strlen(why));
  KERNEL1(SYS_exit_group, 70);
  __builtin_unreachable();
}

static void rewrite_random_of_auxv(void) {
  u8* octets = (u8*)getauxval(AT_RANDOM);
  if (octets) fill_random(octets, 16);
}

static void become_first_thread(void) {
  self = add_thread();
  self->pid = page->pid;
  self->real_tid = page->real_pid;
  self->handle = pthread_self();
}

// libc's own `environ` is not set yet.
static const char* own_variable_in(char** environment) {
  for (; *environment; ++environment)
    if (strncmp(*environment, SHIM_VARIABLE "=", sizeof SHIM_VARIABLE) == 0) return *environment + sizeof SHIM_VARIABLE;
  return NULL;
}

__attribute__((constructor)) static void start(int count, char** words, char** environment) {
  (void)count, (void)words;
  const char* variable = own_variable_in(environment);
  if (!variable || run) return;
  if (!map_run(variable))
    give_up("ringback-shim: the simulator's memory cannot be reached, or it is of another version\n");
  hide_from_environment(environment);
  if (page->foreign && page->real_pid != (int)KERNEL0(SYS_getpid)) {  // whom a helper starts is a part of it
    run = NULL;
    page = NULL;
    return;
  }
  threads_start();
  bool after_execve = page->attached;
  page->attached = 1;
  page->real_pid = page->real_tid = (int)KERNEL0(SYS_getpid);
  page->foreign = 0;
  page->released = 1;
  page->progress = page->spoke = 1;
  if (!after_execve) {
    entropy_start(run->seed, (u64)page->pid);
    wait_for_turn();
  }
  become_first_thread();
  signals_start();
  replace_vdso();
  trap_time_stamp();
  at_work = true;
  rewrite_random_of_auxv();
  hook_openssl(NULL);
  TRACE("begins");
  trap_this_thread();
}
