// What every part of the library knows: the shared block, this process's page, and whether we are at work.
#pragma once

#include <stdbool.h>

#include "preload/kernel.h"
#include "protocol/protocol.h"

#define EXPORT __attribute__((visibility("default")))
#define NS_PER_S UINT64_C(1000000000)

extern struct ShimRun* run;    // null: the library is loaded but there is no run
extern struct ShimPage* page;  // of this process
extern bool at_work;           // false before the constructor and while the process ends

static inline bool flag(u32 bit) { return (run->flags & bit) != 0; }

// Folds into the schedule hash what another order of things would change.
static inline void mix_schedule(u64 value) {
  u64 hash = (page->schedule_hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
  page->schedule_hash = hash ^ (hash >> 29);
}

// --- report.c ---
// The run is not deterministic any more, or may not be: said once for each text.
void taint(const char* format, ...) __attribute__((format(printf, 1, 2)));
// A line for the trace; costs nothing when there is none.
void trace_line(const char* format, ...) __attribute__((format(printf, 1, 2)));
#define TRACE(...)                                 \
  do {                                             \
    if (flag(SHIM_TRACE)) trace_line(__VA_ARGS__); \
  } while (0)
// Puts a message into the page; hands the turn over first when there is no room.
struct ShimMessage* new_message(u32 type);
// Formats like snprintf with %s %d %u %x %llu %p %c only; safe in a signal handler.
int format_text(char* out, size_t size, const char* format, __builtin_va_list arguments);
// The number and a zero behind it, 21 octets at most; where the zero is.
char* put_decimal(char* out, unsigned long value);
