#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "preload/network_filter.h"
#include "preload/processes.h"
#include "preload/timestamp.h"

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

// Whether our library would be loaded into it: scripts, and programs with an interpreter.
static bool takes_preload(int folder, const char* path, int flags) {
  union {
    Elf64_Ehdr elf;
    char octets[4096];
  } head;
  long fd = flags & AT_EMPTY_PATH && path[0] == 0 ? KERNEL1(SYS_dup, folder)
                                                  : KERNEL4(SYS_openat, folder, path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return true;  // execve will say why not
  long got = KERNEL4(SYS_pread64, fd, &head, sizeof head, 0);
  KERNEL1(SYS_close, fd);
  if (got < (long)sizeof head.elf || memcmp(head.octets, ELFMAG, SELFMAG) != 0) return true;
  if (head.octets[EI_CLASS] != ELFCLASS64 || head.elf.e_machine != EM_X86_64) return false;
  for (int i = 0; i < head.elf.e_phnum; ++i) {
    size_t at = head.elf.e_phoff + (size_t)i * sizeof(Elf64_Phdr);
    if (at + sizeof(Elf64_Phdr) > (size_t)got) return true;
    if (((const Elf64_Phdr*)(const void*)(head.octets + at))->p_type == PT_INTERP) return true;
  }
  return false;
}

static long execute(int folder, const char* path, char* const* arguments, char* const* environment, int flags) {
  static struct Environment ours;  // the caller's stack may be small, and one thread goes at a time
  int failure = make_environment(&ours, environment, page);
  if (failure) return failure;
  struct stat status;
  if (KERNEL4(SYS_newfstatat, folder, path, &status, flags & AT_EMPTY_PATH) == 0 &&
      (status.st_mode & (S_ISUID | S_ISGID)) && KERNEL0(SYS_geteuid) != 0)
    taint("%s runs as another user: it cannot be followed", path);
  page->foreign = !takes_preload(folder, path, flags);
  if (page->foreign) {
    page->released = 1;
    const bool closed = close_network() == 0;
    taint("%s is linked statically or for another machine: it cannot be followed%s", path,
          closed ? "" : ", nor be kept from the network");
  }
  page->mask = self->mask;
  TRACE("execve %s", path);
  untrap_time_stamp();
  long result = KERNEL5(SYS_execveat, folder, path, arguments, ours.entries, flags);
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
