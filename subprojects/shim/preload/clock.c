#include "preload/clock.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

#include "preload/scheduler.h"

static bool is_realtime(int clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI ||
         clock == CLOCK_REALTIME_ALARM;
}

static bool is_cpu_time(int clock) {
  return clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID || clock < 0;
}

// What the program computes takes no time; only what a spin was charged counts as used.
static u64 cpu_time(void) { return 1000000 + page->cpu_charged_ns; }

u64 clock_now(int clock) {
  if (is_realtime(clock)) return (u64)run->epoch_ns + page->now_ns;
  if (is_cpu_time(clock)) return cpu_time();
  return run->monotonic_base_ns + page->now_ns;
}

u64 deadline_at(const struct timespec* time, int clock) {
  if (time->tv_sec < 0) return page->now_ns;
  if ((u64)time->tv_sec > INT64_MAX / NS_PER_S) return SHIM_NEVER;
  u64 at = duration_of(time);
  u64 now = clock_now(clock);
  return at <= now ? page->now_ns : deadline_after(at - now);
}

// --- the calls, and the functions of the vDSO that they replace: both give a negative errno ---

static bool counts(void) { return at_work && self && !flag(SHIM_LEAK_CLOCK); }

static int read_clock(int clock, struct timespec* out) {
  if (!counts()) return (int)KERNEL2(SYS_clock_gettime, clock, out);
  count_clock_reads(1);
  *out = timespec_of(clock_now(clock));
  return 0;
}

static int read_time_of_day(struct timeval* out, struct timezone* zone) {
  if (!counts()) return (int)KERNEL2(SYS_gettimeofday, out, zone);
  count_clock_reads(1);
  u64 now = clock_now(CLOCK_REALTIME);
  if (out) *out = (struct timeval){.tv_sec = (time_t)(now / NS_PER_S), .tv_usec = (long)(now % NS_PER_S / 1000)};
  if (zone) memset(zone, 0, sizeof *zone);
  return 0;
}

static time_t read_seconds(time_t* out) {
  time_t seconds;
  if (counts()) {
    count_clock_reads(1);
    seconds = (time_t)(clock_now(CLOCK_REALTIME) / NS_PER_S);
  } else {
    seconds = (time_t)KERNEL1(SYS_time, 0);
  }
  if (out) *out = seconds;
  return seconds;
}

static int read_resolution(int clock, struct timespec* out) {
  if (!counts()) return (int)KERNEL2(SYS_clock_getres, clock, out);
  if (clock > CLOCK_TAI) return -EINVAL;
  if (out) *out = (struct timespec){0, 1};
  return 0;
}

static int read_cpu(unsigned* cpu, unsigned* node, void* unused) {
  (void)unused;
  if (cpu) *cpu = 0;
  if (node) *node = 0;
  return 0;
}

static long refuse_getrandom(void) { return -ENOSYS; }

long call_clock_gettime(const long* a) { return read_clock((int)a[0], (struct timespec*)a[1]); }
long call_clock_getres(const long* a) { return read_resolution((int)a[0], (struct timespec*)a[1]); }
long call_gettimeofday(const long* a) { return read_time_of_day((struct timeval*)a[0], (struct timezone*)a[1]); }
long call_time(const long* a) { return read_seconds((time_t*)a[0]); }
long call_getcpu(const long* a) { return read_cpu((unsigned*)a[0], (unsigned*)a[1], NULL); }
long call_refused_clock_set(const long* a) {
  (void)a;
  return -EPERM;
}

long call_times(const long* a) {
  struct tms* out = (struct tms*)a[0];
  if (out) *out = (struct tms){.tms_utime = (clock_t)(cpu_time() / 10000000)};
  return (long)(clock_now(CLOCK_MONOTONIC) / 10000000);
}

long call_getrusage(const long* a) {
  struct rusage* out = (struct rusage*)a[1];
  memset(out, 0, sizeof *out);
  if (a[0] == RUSAGE_CHILDREN) return 0;
  out->ru_utime =
      (struct timeval){.tv_sec = (time_t)(cpu_time() / NS_PER_S), .tv_usec = (long)(cpu_time() % NS_PER_S / 1000)};
  out->ru_maxrss = 65536;
  return 0;
}

// --- exported by libc ---

#define WITH_ERRNO(result)   \
  do {                       \
    int code = (result);     \
    if (code == 0) return 0; \
    errno = -code;           \
    return -1;               \
  } while (0)

EXPORT int clock_gettime(clockid_t clock, struct timespec* out) { WITH_ERRNO(read_clock(clock, out)); }
EXPORT int clock_getres(clockid_t clock, struct timespec* out) { WITH_ERRNO(read_resolution(clock, out)); }
EXPORT int gettimeofday(struct timeval* out, void* zone) { WITH_ERRNO(read_time_of_day(out, zone)); }
EXPORT time_t time(time_t* out) { return read_seconds(out); }
EXPORT int timespec_get(struct timespec* out, int base) { return read_clock(CLOCK_REALTIME, out) == 0 ? base : 0; }
EXPORT clock_t clock(void) {
  struct timespec time;
  read_clock(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (clock_t)(duration_of(&time) / 1000);
}
EXPORT int sched_getcpu(void) { return 0; }

// --- the vDSO ---

// movabs $target, %rax; jmp *%rax
static void jump_to(u8* at, const void* target) {
  const u8 code[] = {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0};
  memcpy(at, code, sizeof code);
  memcpy(at + 2, &target, sizeof target);
}

static const void* replacement_for(const char* name) {
  static const struct {
    const char* name;
    const void* function;
  } kFunctions[] = {
      {"__vdso_clock_gettime", (void*)read_clock}, {"__vdso_gettimeofday", (void*)read_time_of_day},
      {"__vdso_time", (void*)read_seconds},        {"__vdso_clock_getres", (void*)read_resolution},
      {"__vdso_getcpu", (void*)read_cpu},          {"__vdso_getrandom", (void*)refuse_getrandom},
  };
  for (size_t i = 0; i < sizeof kFunctions / sizeof *kFunctions; ++i)
    if (strcmp(name, kFunctions[i].name) == 0) return kFunctions[i].function;
  return NULL;
}

struct VdsoSymbols {
  const Elf64_Sym* table;
  const char* names;
  size_t count;
  size_t bytes;  // mapped
};

static struct VdsoSymbols vdso_symbols(u8* base) {
  struct VdsoSymbols symbols = {0};
  const Elf64_Ehdr* header = (const Elf64_Ehdr*)(void*)base;
  const Elf64_Phdr* segments = (const Elf64_Phdr*)(void*)(base + header->e_phoff);
  for (int i = 0; i < header->e_phnum; ++i) {
    if (segments[i].p_type == PT_LOAD && segments[i].p_vaddr + segments[i].p_memsz > symbols.bytes)
      symbols.bytes = segments[i].p_vaddr + segments[i].p_memsz;
    if (segments[i].p_type != PT_DYNAMIC) continue;
    for (const Elf64_Dyn* entry = (const Elf64_Dyn*)(void*)(base + segments[i].p_vaddr); entry->d_tag; ++entry) {
      u8* at = base + entry->d_un.d_ptr;
      if (entry->d_tag == DT_SYMTAB) symbols.table = (const Elf64_Sym*)(void*)at;
      if (entry->d_tag == DT_STRTAB) symbols.names = (const char*)at;
      if (entry->d_tag == DT_HASH) symbols.count = ((const u32*)(void*)at)[1];
    }
  }
  // Without DT_HASH the string table follows the symbols.
  if (symbols.count == 0 && symbols.table && (const char*)symbols.table < symbols.names)
    symbols.count = (size_t)(symbols.names - (const char*)symbols.table) / sizeof(Elf64_Sym);
  return symbols;
}

void replace_vdso(void) {
  u8* base = (u8*)getauxval(AT_SYSINFO_EHDR);
  if (!base) return;
  struct VdsoSymbols symbols = vdso_symbols(base);
  size_t bytes = (symbols.bytes + 4095) & ~(size_t)4095;
  if (!symbols.table || KERNEL3(SYS_mprotect, base, bytes, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) {
    taint("the kernel's clock page cannot be replaced: clock reads inside libc are real");
    return;
  }
  for (size_t i = 0; i < symbols.count; ++i) {
    const void* function = replacement_for(symbols.names + symbols.table[i].st_name);
    if (function && symbols.table[i].st_value) jump_to(base + symbols.table[i].st_value, function);
  }
  KERNEL3(SYS_mprotect, base, bytes, PROT_READ | PROT_EXEC);
}
