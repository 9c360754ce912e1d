// System calls as the kernel sees them: made from the library's own text, which the trap lets through. A result between
// -4095 and -1 is a negative errno; errno itself is never touched.
#pragma once

#include <stdint.h>
#include <sys/syscall.h>

typedef uint64_t u64;
typedef int64_t i64;
typedef uint32_t u32;
typedef uint16_t u16;
typedef uint8_t u8;

static inline long kernel6(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

#define KERNEL0(n) kernel6((n), 0, 0, 0, 0, 0, 0)
#define KERNEL1(n, a) kernel6((n), (long)(a), 0, 0, 0, 0, 0)
#define KERNEL2(n, a, b) kernel6((n), (long)(a), (long)(b), 0, 0, 0, 0)
#define KERNEL3(n, a, b, c) kernel6((n), (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define KERNEL4(n, a, b, c, d) kernel6((n), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define KERNEL5(n, a, b, c, d, e) kernel6((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define KERNEL6(n, a, b, c, d, e, f) kernel6((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

// The arguments of a system call of the program.
typedef long Arguments[6];
