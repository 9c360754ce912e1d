#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "preload/network_filter.h"
#include "preload/processes.h"
#include "preload/timestamp.h"
#include "protocol/programs.h"

static void put_padded(char* out, long value) {
  for (int i = 9; i >= 0; --i, value /= 10) out[i] = (char)('0' + value % 10);
}

// As it came: the pid and the descriptor in it are the same for every process. A copy, since programs write over their
// environment to set their title.
static char own_variable[64];

int make_environment(struct Environment* out, char* const* environment, const struct ShimPage* of) {
  static char* const kEmpty[] = {NULL};
  int count = 0;
  const char* preload = NULL;
  for (char* const* entry = environment ? environment : kEmpty; *entry; ++entry) {
    if (strncmp(*entry, SHIM_VARIABLE "=", sizeof SHIM_VARIABLE) == 0) continue;
    if (strncmp(*entry, "LD_PRELOAD=", 11) == 0) {
      preload = *entry + 11;
      continue;
    }
    if (count == ENVIRONMENT_MAX) return -E2BIG;
    out->entries[count++] = *entry;
  }
  size_t own = strlen(run->library), theirs = preload ? strlen(preload) : 0;
  if (own + theirs + 16 > sizeof out->preload) return -E2BIG;
  memcpy(out->preload, "LD_PRELOAD=", 11);
  memcpy(out->preload + 11, run->library, own + 1);
  if (theirs) {
    out->preload[11 + own] = ':';
    memcpy(out->preload + 12 + own, preload, theirs + 1);
  }
  memcpy(out->variable, SHIM_VARIABLE "=", sizeof SHIM_VARIABLE);
  memcpy(out->variable + sizeof SHIM_VARIABLE, own_variable, 22);
  put_padded(out->variable + sizeof SHIM_VARIABLE + 22, of - run->pages);
  out->variable[sizeof SHIM_VARIABLE + 32] = 0;
  out->entries[count++] = out->preload;
  out->entries[count++] = out->variable;
  out->entries[count] = NULL;
  return 0;
}

void hide_from_environment(char** environment) {
  char** kept = environment;
  for (char** entry = environment; *entry; ++entry) {
    if (strncmp(*entry, SHIM_VARIABLE "=", sizeof SHIM_VARIABLE) == 0) {
      strncpy(own_variable, *entry + sizeof SHIM_VARIABLE, sizeof own_variable - 1);
      memset(*entry, 0, strlen(*entry));  // /proc/self/environ
      continue;
    }
    if (strncmp(*entry, "LD_PRELOAD=", 11) == 0) {
      size_t own = strlen(run->library);
      if (strncmp(*entry + 11, run->library, own) == 0) {
        if ((*entry)[11 + own] == 0) continue;
        memmove(*entry + 11, *entry + 12 + own, strlen(*entry + 12 + own) + 1);
      }
    }
    *kept++ = *entry;
  }
  *kept = NULL;
}

// --- what cannot be followed ---

static int open_file(const char* path) {
  return (int)KERNEL4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
}

static long read_file(int file, void* to, size_t size, u64 at) { return KERNEL4(SYS_pread64, file, to, size, at); }

static void close_file(int file) { KERNEL1(SYS_close, file); }

static const struct ShimFiles kFiles = {.open = open_file, .read = read_file, .close = close_file};

// What execve would say no to is left to execve.
static void look_at(int folder, const char* path, int flags, struct ShimProgram* out) {
  *out = (struct ShimProgram){.fit = SHIM_TAKES_LIBRARY};
  if (KERNEL4(SYS_faccessat2, folder, path, X_OK, flags & (AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) < 0) return;
  char of_descriptor[32] = "/proc/self/fd/";
  if (flags & AT_EMPTY_PATH && path[0] == 0) {
    put_decimal(of_descriptor + 14, (unsigned long)folder);
    path = of_descriptor;  // the descriptor may be one that cannot be read from (O_PATH)
  }
  long file = KERNEL4(SYS_openat, folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  if (file < 0) return;
  shim_look_at_program(&kFiles, (int)file, out);
  close_file((int)file);
}

__attribute__((format(printf, 2, 3))) static void write_into(struct ShimMessage* message, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  format_text(message->name, sizeof message->name, format, arguments);
  va_end(arguments);
}

// What it answers hangs on nothing but what it was asked: not on the clock, nor on what the kernel draws at random.
static bool only_answers(const char* path) {
  const char* name = strrchr(path, '/');
  return strcmp(name ? name + 1 : path, "esbuild") == 0;
}

static void tell_helper(const struct ShimProgram* program, const char* path) {
  const char* name = program->interpreter[0] ? program->interpreter : path[0] ? path : "a program without a name";
  const char* why = program->fit == SHIM_NO_LOADER       ? "it is linked statically"
                    : program->fit == SHIM_OTHER_MACHINE ? "it is for another machine than 64-bit x86"
                                                         : "its loader is not that of the GNU C library but ";
  if (close_network() != 0) taint("%s cannot be kept from the network: %s%s", name, why, program->loader);
  if (only_answers(name))
    write_into(new_message(SHIM_HELPER), "%s cannot be followed: %s%s", name, why, program->loader);
  else
    taint("%s cannot be followed: %s%s", name, why, program->loader);
}

// Go's routines go one at a time then, which leaves less to chance.
static void let_go_in_order(struct Environment* environment) {
  char** entry = environment->entries;
  for (; *entry; ++entry)
    if (strncmp(*entry, "GOMAXPROCS=", 11) == 0) return;
  static char in_order[] = "GOMAXPROCS=1";
  *entry++ = in_order;
  *entry = NULL;
}

// esbuild says each second of the real clock that it is there, if it is asked to.
static char** without_pings(const char* path, char* const* arguments) {
  static char* kept[64];
  if (!only_answers(path)) return (char**)arguments;
  int count = 0;
  for (char* const* word = arguments; *word; ++word) {
    if (strcmp(*word, "--ping") == 0) continue;
    if (count == sizeof kept / sizeof *kept - 1) return (char**)arguments;
    kept[count++] = *word;
  }
  kept[count] = NULL;
  return kept;
}

static long execute(int folder, const char* path, char* const* arguments, char* const* environment, int flags) {
  // The caller's stack may be small, and one thread goes at a time.
  static struct Environment ours;
  static struct ShimProgram program;
  look_at(folder, path, flags, &program);
  int failure = make_environment(&ours, environment, page);
  if (failure) return failure;
  struct stat status;
  if (KERNEL4(SYS_newfstatat, folder, path, &status, flags & AT_EMPTY_PATH) == 0 &&
      (status.st_mode & (S_ISUID | S_ISGID)) && KERNEL0(SYS_geteuid) != 0)
    taint("%s runs as another user: it cannot be followed", path);
  const bool is_helper = program.fit != SHIM_TAKES_LIBRARY;
  if (is_helper) {
    page->released = 1;
    tell_helper(&program, path);
    let_go_in_order(&ours);
    arguments = without_pings(path, arguments);
    KERNEL5(SYS_prctl, PR_SET_PDEATHSIG, SIGCONT, 0, 0, 0);  // where nobody is left who would let it go on
  }
  page->mask = self->mask;
  TRACE("execve %s", path);
  untrap_time_stamp();
  // Another loader would load our library too, and fail: it is made for the GNU C library.
  char* const* given = program.fit == SHIM_OTHER_LOADER ? environment : ours.entries;
  u64 blocked = 0;  // with us, all are
  page->foreign = is_helper;
  if (is_helper) KERNEL4(SYS_rt_sigprocmask, SIG_SETMASK, &self->mask, &blocked, 8);
  long result = KERNEL5(SYS_execveat, folder, path, arguments, given, flags);
  if (is_helper) KERNEL4(SYS_rt_sigprocmask, SIG_SETMASK, &blocked, 0, 8);
  trap_time_stamp();
  page->foreign = 0;
  return result;
}

long call_execve(const long* a) {
  return execute(AT_FDCWD, (const char*)a[0], (char* const*)a[1], (char* const*)a[2], 0);
}

long call_execveat(const long* a) {
  return execute((int)a[0], (const char*)a[1], (char* const*)a[2], (char* const*)a[3], (int)a[4]);
}
