#include "preload/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "preload/clock.h"
#include "preload/entropy.h"
#include "preload/scheduler.h"

enum { TEXT_MAX = 2048 };

static long text_file(const char* format, ...) __attribute__((format(printf, 1, 2)));
static long text_file(const char* format, ...) {
  char text[TEXT_MAX];
  va_list arguments;
  va_start(arguments, format);
  int length = format_text(text, sizeof text, format, arguments);
  va_end(arguments);
  long fd = KERNEL2(SYS_memfd_create, "proc", MFD_CLOEXEC);
  if (fd < 0) return fd;
  KERNEL3(SYS_write, fd, text, length);
  KERNEL3(SYS_lseek, fd, 0, SEEK_SET);
  return fd;
}

static unsigned long uptime_s(void) { return clock_now(CLOCK_BOOTTIME) / NS_PER_S; }

static long meminfo(void) {
  return text_file(
      "MemTotal:        4194304 kB\nMemFree:         2097152 kB\nMemAvailable:    3145728 kB\nBuffers:               0 "
      "kB\n"
      "Cached:           524288 kB\nSwapTotal:             0 kB\nSwapFree:              0 kB\n");
}

static long processor_times(void) {
  unsigned long idle = uptime_s() * 100;
  return text_file(
      "cpu  100 0 100 %lu 0 0 0 0 0 0\ncpu0 50 0 50 %lu 0 0 0 0 0 0\ncpu1 50 0 50 %lu 0 0 0 0 0 0\nctxt 1000\nbtime "
      "%lu\n"
      "processes 100\nprocs_running 1\nprocs_blocked 0\n",
      idle, idle / 2, idle / 2, (unsigned long)((u64)run->epoch_ns / NS_PER_S - run->monotonic_base_ns / NS_PER_S));
}

static long processors(void) {
  const char* one = "vendor_id\t: ringback\nmodel name\t: virtual\ncpu MHz\t\t: 2000.000\ncache size\t: 1024 KB\n";
  return text_file("processor\t: 0\n%s\nprocessor\t: 1\n%s\n", one, one);
}

static long own_stat(void) {
  return text_file(
      "%d (program) R %d %u %u 0 -1 4194304 0 0 0 0 %lu 0 0 0 20 0 %d 0 %lu 268435456 16384 "
      "18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
      page->pid, page->parent_pid, page->group_id, page->session_id, (unsigned long)(page->cpu_charged_ns / 10000000),
      threads_count, (unsigned long)(run->monotonic_base_ns / 10000000));
}

static long own_status(void) {
  return text_file(
      "Name:\tprogram\nState:\tR (running)\nTgid:\t%d\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\nVmPeak:\t  262144 kB\n"
      "VmSize:\t  262144 kB\nVmHWM:\t   65536 kB\nVmRSS:\t   65536 kB\nThreads:\t%d\n"
      "Cpus_allowed:\t3\nCpus_allowed_list:\t0-1\n",
      page->pid, page->pid, page->parent_pid, threads_count);
}

static long random_uuid(void) {
  u8 o[16];
  fill_random(o, sizeof o);
  o[6] = (u8)((o[6] & 15) | 64);
  o[8] = (u8)((o[8] & 63) | 128);
  char text[40];
  char* at = text;
  for (int i = 0; i < 16; ++i) {
    *at++ = "0123456789abcdef"[o[i] >> 4];
    *at++ = "0123456789abcdef"[o[i] & 15];
    if (i == 3 || i == 5 || i == 7 || i == 9) *at++ = '-';
  }
  *at = 0;
  return text_file("%s\n", text);
}

static bool begins(const char* text, const char* with) { return strncmp(text, with, strlen(with)) == 0; }
static bool is(const char* text, const char* other) { return strcmp(text, other) == 0; }

static long open_of_self(const char* name) {
  if (is(name, "stat")) return own_stat();
  if (is(name, "status")) return own_status();
  if (is(name, "statm")) return text_file("65536 16384 4096 1024 0 32768 0\n");
  if (is(name, "cgroup")) return text_file("0::/\n");
  if (is(name, "io") || is(name, "schedstat") || is(name, "sched") || is(name, "smaps") || is(name, "smaps_rollup"))
    return -ENOENT;
  return -1;
}

// "/proc/4200003/": by the kernel's number.
static long rewrite_pid(const char* rest, char* rewritten, size_t room) {
  int pid = 0;
  const char* at = rest;
  while (*at >= '0' && *at <= '9' && at - rest < 9) pid = pid * 10 + (*at++ - '0');
  if (pid < SHIM_FIRST_PID || (*at != '/' && *at != 0)) return -1;
  if (pid == page->pid && *at == '/') {
    long own = open_of_self(at + 1);
    if (own != -1) return own;
  }
  for (int i = 0; i < SHIM_PROCESSES_MAX; ++i) {
    const struct ShimPage* other = &run->pages[i];
    if (other->state != SHIM_PAGE_LIVE || other->pid != pid || strlen(at) + 24 > room) continue;
    memcpy(rewritten, "/proc/", 6);
    char digits[12];
    int count = 0;
    for (int left = other->real_pid; left > 0; left /= 10) digits[count++] = (char)('0' + left % 10);
    char* out = rewritten + 6;
    while (count > 0) *out++ = digits[--count];
    memcpy(out, at, strlen(at) + 1);
    return -1;
  }
  return -1;
}

static long open_in_proc(const char* name, char* rewritten, size_t room) {
  if (begins(name, "self/")) return open_of_self(name + 5);
  if (begins(name, "thread-self/")) return open_of_self(name + 12);
  if (*name >= '0' && *name <= '9') return rewrite_pid(name, rewritten, room);
  if (is(name, "uptime")) return text_file("%lu.00 %lu.00\n", uptime_s(), uptime_s() * 2);
  if (is(name, "loadavg")) return text_file("0.00 0.00 0.00 1/10 %d\n", page->pid);
  if (is(name, "meminfo")) return meminfo();
  if (is(name, "stat")) return processor_times();
  if (is(name, "cpuinfo")) return processors();
  if (is(name, "sys/kernel/random/uuid")) return random_uuid();
  if (is(name, "sys/kernel/random/boot_id")) return text_file("00000000-0000-4000-8000-000000000001\n");
  if (begins(name, "net/") || begins(name, "self/net/") || is(name, "diskstats") || is(name, "vmstat") ||
      is(name, "interrupts") || is(name, "schedstat") || begins(name, "pressure/"))
    return -ENOENT;
  return -1;
}

static long open_in_sys(const char* name) {
  if (begins(name, "fs/cgroup") || begins(name, "class/net")) return -ENOENT;
  if (is(name, "devices/system/cpu/online") || is(name, "devices/system/cpu/possible") ||
      is(name, "devices/system/cpu/present"))
    return text_file("0-1\n");
  if (begins(name, "devices/system/cpu/cpu")) return -ENOENT;
  return -1;
}

long open_made_up(const char* path, char* rewritten, size_t room) {
  rewritten[0] = 0;
  if (begins(path, "/proc/")) return open_in_proc(path + 6, rewritten, room);
  if (begins(path, "/sys/")) return open_in_sys(path + 5);
  // Whom to ask for names: the simulator.
  if (is(path, "/etc/resolv.conf")) return text_file("nameserver 10.99.255.53\n");
  if (is(path, "/etc/hosts")) return text_file("127.0.0.1\tlocalhost\n127.0.1.1\t" SHIM_HOST_NAME "\n::1\tlocalhost\n");
  if (is(path, "/etc/hostname")) return text_file(SHIM_HOST_NAME "\n");
  return -1;
}

const char* bundle_in_place_of(const char* path) {
  static const char* const kNames[] = {"cacert.pem",    "ca-certificates.crt", "ca-bundle.crt",
                                       "ca-bundle.pem", "tls-ca-bundle.pem",   "cacerts.txt"};
  if (!run->certificates[0]) return NULL;
  if (is(path, "/etc/ssl/cert.pem") || is(path, "/usr/lib/ssl/cert.pem")) return run->certificates;
  const char* name = path;
  for (const char* at = path; *at; ++at)
    if (*at == '/') name = at + 1;
  for (size_t i = 0; i < sizeof kNames / sizeof *kNames; ++i)
    if (is(name, kNames[i])) return run->certificates;
  return NULL;
}
