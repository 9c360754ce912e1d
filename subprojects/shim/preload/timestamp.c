#include "preload/timestamp.h"

#include <sys/prctl.h>
#include <ucontext.h>

#include "preload/scheduler.h"

void trap_time_stamp(void) {
  if (!flag(SHIM_LEAK_TIME_STAMP)) KERNEL2(SYS_prctl, PR_SET_TSC, PR_TSC_SIGSEGV);
}

void untrap_time_stamp(void) { KERNEL2(SYS_prctl, PR_SET_TSC, PR_TSC_ENABLE); }

bool emulate_time_stamp(const siginfo_t* information, void* context) {
  if (information->si_code != SI_KERNEL || !at_work) return false;
  greg_t* registers = ((ucontext_t*)context)->uc_mcontext.gregs;
  const u8* at = (const u8*)registers[REG_RIP];
  bool plain = at[0] == 0x0f && at[1] == 0x31;
  bool with_processor = at[0] == 0x0f && at[1] == 0x01 && at[2] == 0xf9;
  if (!plain && !with_processor) return false;
  u64 value = run->monotonic_base_ns + page->now_ns + ++page->counters.time_stamp_reads;
  if (self) count_clock_reads(SHIM_TIME_STAMP_READS);
  registers[REG_RAX] = (greg_t)(value & 0xffffffff);
  registers[REG_RDX] = (greg_t)(value >> 32);
  if (with_processor) registers[REG_RCX] = 0;
  registers[REG_RIP] += plain ? 2 : 3;
  return true;
}
