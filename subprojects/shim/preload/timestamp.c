#include "preload/timestamp.h"

#include <sys/prctl.h>
#include <ucontext.h>

#include "preload/scheduler.h"

void trap_time_stamp(void) {
  if (!flag(SHIM_LEAK_TIME_STAMP)) KERNEL2(SYS_prctl, PR_SET_TSC, PR_TSC_SIGSEGV);
}

void untrap_time_stamp(void) { KERNEL2(SYS_prctl, PR_SET_TSC, PR_TSC_ENABLE); }

// Between two readings as many cycles pass as another run counts too, and not always as many: generators that gather
// entropy from the counter (AWS-LC's, in Deno and in most of Rust) end the program where it looks like a machine's.
static u64 cycles_since_last(u64 reading) {
  u64 mixed = (run->seed ^ (reading + 1) * UINT64_C(0x9E3779B97F4A7C15)) * UINT64_C(0xBF58476D1CE4E5B9);
  mixed = (mixed ^ mixed >> 31) * UINT64_C(0x94D049BB133111EB);
  return 20 + (mixed >> 58);
}

bool emulate_time_stamp(const siginfo_t* information, void* context) {
  if (information->si_code != SI_KERNEL || !at_work) return false;
  greg_t* registers = ((ucontext_t*)context)->uc_mcontext.gregs;
  const u8* at = (const u8*)registers[REG_RIP];
  bool plain = at[0] == 0x0f && at[1] == 0x31;
  bool with_processor = at[0] == 0x0f && at[1] == 0x01 && at[2] == 0xf9;
  if (!plain && !with_processor) return false;
  page->cycles += cycles_since_last(++page->counters.time_stamp_reads);
  u64 value = run->monotonic_base_ns + page->now_ns + page->cycles;
  if (self) count_clock_reads(SHIM_TIME_STAMP_READS);
  registers[REG_RAX] = (greg_t)(value & 0xffffffff);
  registers[REG_RDX] = (greg_t)(value >> 32);
  if (with_processor) registers[REG_RCX] = 0;
  registers[REG_RIP] += plain ? 2 : 3;
  return true;
}
