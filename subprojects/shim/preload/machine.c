#include "preload/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include "preload/clock.h"
#include "preload/paths.h"
#include "preload/state.h"

enum { GIBI = 1 << 30 };

long call_nothing(const long* a) {
  (void)a;
  return 0;
}

long call_uname(const long* a) {
  struct utsname* out = (struct utsname*)a[0];
  long result = KERNEL1(SYS_uname, out);
  if (result != 0) return result;
  memset(out->nodename, 0, sizeof out->nodename);
  memcpy(out->nodename, SHIM_HOST_NAME, sizeof SHIM_HOST_NAME);
  return 0;
}

long call_sysinfo(const long* a) {
  struct sysinfo* out = (struct sysinfo*)a[0];
  memset(out, 0, sizeof *out);
  out->uptime = (long)(clock_now(CLOCK_BOOTTIME) / NS_PER_S);
  out->totalram = 4ul * GIBI;
  out->freeram = 2ul * GIBI;
  out->procs = 10;
  out->mem_unit = 1;
  return 0;
}

long call_prctl(const long* a) {
  switch (a[0]) {
    case PR_SET_TSC:
    case PR_SET_SECCOMP:
    case 59 /* PR_SET_SYSCALL_USER_DISPATCH */:
      return -EINVAL;
    case PR_SET_TIMERSLACK:
      return 0;
    case PR_SET_PDEATHSIG:
      return 0;
    default:
      return KERNEL5(SYS_prctl, a[0], a[1], a[2], a[3], a[4]);
  }
}

long call_prlimit64(const long* a) {
  // Of another process by our number, or of this one.
  long pid = a[0] == page->pid ? 0 : a[0];
  return KERNEL4(SYS_prlimit64, pid, a[1], a[2], a[3]);
}

long call_personality(const long* a) { return a[0] == 0xffffffff ? KERNEL1(SYS_personality, a[0]) : -EPERM; }

// How full the machine's disk is, is not the run's.
static long steady(struct statfs* out, long result) {
  if (result != 0) return result;
  out->f_blocks = 1 << 24;
  out->f_bfree = out->f_bavail = 1 << 23;
  out->f_files = 1 << 22;
  out->f_ffree = 1 << 21;
  return 0;
}
long call_statfs(const long* a) { return steady((struct statfs*)a[1], KERNEL2(SYS_statfs, a[0], a[1])); }
long call_fstatfs(const long* a) { return steady((struct statfs*)a[1], KERNEL2(SYS_fstatfs, a[0], a[1])); }

// --- paths that the kernel tells ---

static long link_told(char* out, long result) {
  return result > 0 ? (long)translate_back(out, (size_t)result) : result;
}
long call_readlink(const long* a) { return link_told((char*)a[1], KERNEL3(SYS_readlink, a[0], a[1], a[2])); }
long call_readlinkat(const long* a) { return link_told((char*)a[2], KERNEL4(SYS_readlinkat, a[0], a[1], a[2], a[3])); }

// Its result counts the zero at the end.
long call_getcwd(const long* a) { return link_told((char*)a[0], KERNEL2(SYS_getcwd, a[0], a[1])); }
