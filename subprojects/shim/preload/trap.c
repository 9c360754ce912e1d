#include "preload/trap.h"

#include <string.h>
#include <sys/prctl.h>
#include <ucontext.h>

#include "preload/calls.h"
#include "preload/scheduler.h"

enum { USER_DISPATCH = 59, DISPATCH_ON = 1, LET_THROUGH = 0, CATCH = 1 };

static __thread char selector __attribute__((tls_model("initial-exec")));
static __thread void* context_of_call __attribute__((tls_model("initial-exec")));

__asm__(
    ".text\n"
    ".globl return_from_signal\n"
    ".hidden return_from_signal\n"
    ".type return_from_signal, @function\n"
    // These very bytes are what unwinders know a signal frame by.
    "  nop\n"
    "return_from_signal:\n"
    "  mov $15, %rax\n"
    "  syscall\n"
    ".size return_from_signal, . - return_from_signal\n");

// The bounds of our text, from the linker.
extern const char __ehdr_start __attribute__((visibility("hidden")));
extern const char etext __attribute__((visibility("hidden")));

void trap_this_thread(void) {
  selector = CATCH;
  long result = KERNEL5(SYS_prctl, USER_DISPATCH, DISPATCH_ON, &__ehdr_start, &etext - &__ehdr_start, &selector);
  if (result != 0)
    taint("this kernel cannot trap system calls (error %d): those that bypass libc are real", (int)-result);
}

void trap_open(void) { selector = LET_THROUGH; }
void trap_close(void) { selector = CATCH; }

void* trapped_context(void) { return context_of_call; }

void on_trapped_call(int signal, siginfo_t* information, void* context) {
  (void)signal;
  greg_t* registers = ((ucontext_t*)context)->uc_mcontext.gregs;
  const Arguments arguments = {registers[REG_RDI], registers[REG_RSI], registers[REG_RDX],
                               registers[REG_R10], registers[REG_R8],  registers[REG_R9]};
  void* outer = context_of_call;
  context_of_call = context;
  if (at_work) ++page->counters.trapped_calls;
  registers[REG_RAX] = serve(information->si_syscall, arguments);
  context_of_call = outer;
}
