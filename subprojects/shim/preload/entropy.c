#include "preload/entropy.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "preload/scheduler.h"

static u64 mixed(u64* state) {
  u64 z = *state += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

void entropy_start(u64 seed, u64 process) {
  u64 state = seed;
  state = mixed(&state) ^ (process * UINT64_C(0xD1342543DE82EF95));
  for (int i = 0; i < 4; ++i) page->random[i] = mixed(&state);
}

static u64 rotated(u64 value, int by) { return (value << by) | (value >> (64 - by)); }

// xoshiro256**
static u64 draw(void) {
  u64* s = page->random;
  u64 result = rotated(s[1] * 5, 7) * 9, t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotated(s[3], 45);
  return result;
}

void fill_random(void* out, size_t size) {
  if (flag(SHIM_LEAK_ENTROPY)) {
    KERNEL3(SYS_getrandom, out, size, 0);
    return;
  }
  ++page->counters.random_draws;
  TRACE("random %u", (unsigned)size);
  mix_schedule(size ^ page->random[1]);
  for (u8* at = out; size > 0;) {
    u64 value = draw();
    size_t part = size < 8 ? size : 8;
    memcpy(at, &value, part);
    at += part;
    size -= part;
  }
}

long call_getrandom(const long* a) {
  fill_random((void*)a[0], (size_t)a[1]);
  return a[1];
}

// --- exported by libc ---

EXPORT ssize_t getrandom(void* out, size_t size, unsigned flags) {
  if (!at_work) {
    long result = KERNEL3(SYS_getrandom, out, size, flags);
    if (result >= 0) return result;
    errno = (int)-result;
    return -1;
  }
  fill_random(out, size);
  return (ssize_t)size;
}

EXPORT int getentropy(void* out, size_t size) {
  if (size <= 256) return getrandom(out, size, 0) < 0 ? -1 : 0;
  errno = EIO;
  return -1;
}

EXPORT void arc4random_buf(void* out, size_t size) { getrandom(out, size, 0); }

EXPORT u32 arc4random(void) {
  u32 value;
  getrandom(&value, sizeof value, 0);
  return value;
}

EXPORT u32 arc4random_uniform(u32 bound) {
  if (bound < 2) return 0;
  u32 least = -bound % bound;
  u32 value;
  do value = arc4random();
  while (value < least);
  return value % bound;
}

// std::random_device uses RDRAND inline, which cannot be trapped; these are its exported doors.
EXPORT unsigned _ZNSt13random_device9_M_getvalEv(void* device) {
  (void)device;
  return arc4random();
}
EXPORT unsigned _ZNSt13random_device16_M_getval_pretr1Ev(void* device) {
  (void)device;
  return arc4random();
}
