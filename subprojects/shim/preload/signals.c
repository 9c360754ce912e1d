#include "preload/signals.h"

#include <elf.h>
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>
#include <ucontext.h>

#include "preload/clock.h"
#include "preload/processes.h"
#include "preload/signal_files.h"
#include "preload/timestamp.h"
#include "preload/trap.h"

// struct sigaction as the kernel has it.
struct Action {
  void (*handler)(int, siginfo_t*, void*);
  unsigned long flags;
  void (*restorer)(void);
  u64 mask;
};

enum { SIGNALS = 64, KERNEL_RESTORER = 0x04000000, WATCHDOG_SIGNAL = 63 };
static struct Action actions[SIGNALS + 1];

static u64 bit(int signal) { return UINT64_C(1) << (signal - 1); }
static const u64 kFaults = (UINT64_C(1) << (SIGSEGV - 1)) | (UINT64_C(1) << (SIGBUS - 1)) |
                           (UINT64_C(1) << (SIGILL - 1)) | (UINT64_C(1) << (SIGFPE - 1)) |
                           (UINT64_C(1) << (SIGTRAP - 1)) | (UINT64_C(1) << (SIGSYS - 1));
static const u64 kUnmaskable = (UINT64_C(1) << (SIGKILL - 1)) | (UINT64_C(1) << (SIGSTOP - 1));

static bool is_fault(int signal) { return (bit(signal) & kFaults) != 0; }

static bool default_ignores(int signal) {
  return signal == SIGCHLD || signal == SIGCONT || signal == SIGURG || signal == SIGWINCH;
}

static bool ignored(int signal) {
  void* handler = (void*)actions[signal].handler;
  return handler == (void*)SIG_IGN || (handler == (void*)SIG_DFL && default_ignores(signal));
}

static void kernel_action(int signal, void (*handler)(int, siginfo_t*, void*), unsigned long flags) {
  struct Action action = {handler, flags | KERNEL_RESTORER, return_from_signal, 0};
  KERNEL4(SYS_rt_sigaction, signal, &action, 0, 8);
}

// --- faults ---

static void on_fault(int signal, siginfo_t* information, void* context) {
  if (signal == SIGSEGV && emulate_time_stamp(information, context)) return;
  struct Action* action = &actions[signal];
  if ((void*)action->handler == (void*)SIG_DFL || (void*)action->handler == (void*)SIG_IGN) {
    TRACE("fault %d at %p, code %d, instruction %p, stack %p", signal, information->si_addr, information->si_code,
          (void*)((ucontext_t*)context)->uc_mcontext.gregs[REG_RIP],
          (void*)((ucontext_t*)context)->uc_mcontext.gregs[REG_RSP]);
    end_by_signal(signal);
  }
  action->handler(signal, information, context);
}

// Go's functions run on stacks of a few kilobytes, too small for us; each of its threads has a stack for signals.
static bool is_go_program(void) {
  const Elf64_Phdr* headers = (const Elf64_Phdr*)getauxval(AT_PHDR);
  const int count = headers ? (int)getauxval(AT_PHNUM) : 0;
  u64 base = 0;
  for (int i = 0; i < count; ++i)
    if (headers[i].p_type == PT_PHDR) base = (u64)headers - headers[i].p_vaddr;
  for (int i = 0; i < count; ++i) {
    if (headers[i].p_type != PT_NOTE) continue;
    const u8* at = (const u8*)(base + headers[i].p_vaddr);
    const u8* end = at + headers[i].p_memsz;
    while (at + sizeof(Elf64_Nhdr) <= end) {
      const Elf64_Nhdr* note = (const Elf64_Nhdr*)(const void*)at;
      if (note->n_namesz == 4 && memcmp(note + 1, "Go\0", 4) == 0) return true;
      at += sizeof *note + ((note->n_namesz + 3) & ~3u) + ((note->n_descsz + 3) & ~3u);
    }
  }
  return false;
}

void signals_start(void) {
  const u64 all_but_faults = ~(kFaults | bit(WATCHDOG_SIGNAL));
  KERNEL4(SYS_rt_sigprocmask, SIG_SETMASK, &all_but_faults, 0, 8);
  self->mask = page->mask & ~kUnmaskable;
  for (int signal = 1; signal <= SIGNALS; ++signal)
    if (page->ignored & bit(signal)) actions[signal].handler = (void*)SIG_IGN;
  for (int signal = 1; signal <= SIGNALS; ++signal)
    if (is_fault(signal) && signal != SIGSYS) kernel_action(signal, on_fault, SA_SIGINFO | SA_ONSTACK | SA_NODEFER);
  kernel_action(SIGSYS, on_trapped_call, SA_SIGINFO | SA_NODEFER | (is_go_program() ? SA_ONSTACK : 0));
  kernel_action(WATCHDOG_SIGNAL, on_watchdog, SA_SIGINFO | SA_ONSTACK | SA_NODEFER);
}

void signals_start_thread(struct Thread* creator) { self->mask = creator->mask; }

// --- raising and waking ---

static bool blocked_everywhere(int signal) {
  for (int i = 0; i < threads_count; ++i)
    if (!(threads[i]->mask & bit(signal))) return false;
  return true;
}

void raise_in_process(int signal, int sender_pid) {
  if (ignored(signal) && !blocked_everywhere(signal)) return;
  page->signals |= bit(signal);
  page->signal_sender[signal - 1] = (u64)sender_pid;
}

void give_signal_value(struct ShimPage* target, int signal, int code, u64 value) {
  target->signal_code[signal - 1] = code;
  target->signal_value[signal - 1] = value;
}

void raise_in_thread(struct Thread* thread, int signal) {
  if (ignored(signal) && !(thread->mask & bit(signal))) return;
  thread->pending |= bit(signal);
}

static u64 wants(const struct Thread* thread) { return (page->signals | thread->pending) & ~thread->mask; }

bool signal_waits(void) { return wants(self) != 0; }

static u64 not_ignored(u64 set) {
  for (int signal = 1; signal <= SIGNALS; ++signal)
    if ((set & bit(signal)) && ignored(signal)) set &= ~bit(signal);
  return set;
}

void wake_for_signals(void) {
  signal_files_update();
  u64 for_process = page->signals;
  bool any = for_process != 0;
  for (int i = 0; !any && i < threads_count; ++i) any = threads[i]->pending != 0;
  if (!any) return;
  for (int i = 0; i < threads_count; ++i) {
    struct Thread* thread = threads[i];
    u64 wanted = not_ignored((for_process | thread->pending) & ~thread->mask);
    if (!wanted) continue;
    for_process &= ~wanted;  // one thread handles it
    if (thread->state == THREAD_PARKED && thread->interruptible) make_ready(thread, WAKE_SIGNAL);
  }
}

// --- delivering ---

static void fill_information(siginfo_t* information, int signal, bool of_process) {
  memset(information, 0, sizeof *information);
  information->si_signo = signal;
  information->si_code = of_process ? SI_USER : SI_TKILL;
  information->si_pid = of_process ? (int)page->signal_sender[signal - 1] : page->pid;
  if (signal == SIGCHLD && of_process) information->si_code = CLD_EXITED;
  if (page->signal_code[signal - 1] != 0) {
    information->si_code = page->signal_code[signal - 1];
    information->si_value.sival_ptr = (void*)page->signal_value[signal - 1];
    page->signal_code[signal - 1] = 0;
  }
}

static void run_handler(int signal, bool of_process) {
  struct Action action = actions[signal];
  siginfo_t information;
  ucontext_t context;
  fill_information(&information, signal, of_process);
  memset(&context, 0, sizeof context);
  if (action.flags & SA_RESETHAND) actions[signal].handler = (void*)SIG_DFL;
  u64 mask = self->mask;
  self->mask |= action.mask & ~kUnmaskable;
  if (!(action.flags & SA_NODEFER)) self->mask |= bit(signal);
  TRACE("handler of signal %d", signal);
  mix_schedule((u64)signal + 2000);
  action.handler(signal, &information, &context);
  self->mask = mask;
}

enum HandlersRun deliver_signals(void) {
  enum HandlersRun result = HANDLERS_NONE;
  for (u64 wanted; (wanted = wants(self)) != 0;) {
    int signal = __builtin_ctzll(wanted) + 1;
    bool of_process = !(self->pending & bit(signal));
    if (of_process)
      page->signals &= ~bit(signal);
    else
      self->pending &= ~bit(signal);
    if (ignored(signal)) continue;
    if ((void*)actions[signal].handler == (void*)SIG_DFL) {
      if (signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU || signal == SIGSTOP) {
        taint("signal %d would stop the program; it goes on", signal);
        continue;
      }
      end_by_signal(signal);
    }
    if (!(actions[signal].flags & SA_RESTART))
      result = HANDLERS_INTERRUPT;
    else if (result == HANDLERS_NONE)
      result = HANDLERS_RESTART;
    run_handler(signal, of_process);
  }
  if (self->restore_mask) {
    self->restore_mask = false;
    self->mask = self->saved_mask;
  }
  return result;
}

// --- the calls ---

long call_rt_sigaction(const long* a) {
  int signal = (int)a[0];
  const struct Action* wanted = (const struct Action*)a[1];
  struct Action* before = (struct Action*)a[2];
  if (signal < 1 || signal > SIGNALS || a[3] != 8) return -EINVAL;
  if (wanted && (signal == SIGKILL || signal == SIGSTOP)) return -EINVAL;
  struct Action old = actions[signal];
  if (wanted) {
    actions[signal] = *wanted;
    // What is ignored stays so across execve, and children of one that ignores SIGCHLD leave nothing to wait for.
    bool ignore = (void*)wanted->handler == (void*)SIG_IGN;
    page->ignored = ignore ? page->ignored | bit(signal) : page->ignored & ~bit(signal);
    if (ignored(signal)) page->signals &= ~bit(signal);
  }
  if (before) *before = old;
  return 0;
}

long call_rt_sigprocmask(const long* a) {
  const u64* set = (const u64*)a[1];
  u64* before = (u64*)a[2];
  if (a[3] != 8) return -EINVAL;
  u64 old = self->mask;
  if (set) {
    if (a[0] == SIG_BLOCK)
      self->mask |= *set;
    else if (a[0] == SIG_UNBLOCK)
      self->mask &= ~*set;
    else if (a[0] == SIG_SETMASK)
      self->mask = *set;
    else
      return -EINVAL;
    self->mask &= ~kUnmaskable;
  }
  if (before) *before = old;
  return 0;
}

long call_rt_sigpending(const long* a) {
  *(u64*)a[0] = (page->signals | self->pending) & self->mask;
  return 0;
}

static bool awaited_signal_is_there(struct Thread* thread) {
  return ((page->signals | thread->pending) & *(u64*)thread->argument) != 0;
}

int take_signal(u64 set, siginfo_t* out) {
  u64 there = (page->signals | self->pending) & set;
  if (!there) return 0;
  int signal = __builtin_ctzll(there) + 1;
  bool of_process = !(self->pending & bit(signal));
  if (out) fill_information(out, signal, of_process);
  if (of_process)
    page->signals &= ~bit(signal);
  else
    self->pending &= ~bit(signal);
  return signal;
}

long call_rt_sigtimedwait(const long* a) {
  u64 awaited = *(const u64*)a[0];
  const struct timespec* timeout = (const struct timespec*)a[2];
  struct Wait wait = {.deadline_ns = timeout ? deadline_after(duration_of(timeout)) : SHIM_NEVER,
                      .ready = awaited_signal_is_there,
                      .argument = &awaited,
                      .interruptible = true};
  for (;;) {
    int signal = take_signal(awaited, (siginfo_t*)a[1]);
    if (signal) return signal;
    enum Wake wake = park(&wait);
    if (wake == WAKE_TIME) return -EAGAIN;
    if (wake == WAKE_SIGNAL) return -EINTR;
  }
}

long call_pause(const long* a) {
  (void)a;
  struct Wait wait = {.deadline_ns = SHIM_NEVER, .interruptible = true};
  while (!not_ignored(wants(self))) park(&wait);
  return -EINTR;
}

long call_rt_sigsuspend(const long* a) {
  self->saved_mask = self->mask;
  self->mask = *(const u64*)a[0] & ~kUnmaskable;
  self->restore_mask = true;
  return call_pause(a);
}

// The way out of the trap puts the thread's signal stack back as the frame has it: so it is read and written there.
long call_sigaltstack(const long* a) {
  enum { LEAST_OCTETS = 2048 };
  const stack_t* wanted = (const stack_t*)a[0];
  stack_t* before = (stack_t*)a[1];
  ucontext_t* context = trapped_context();
  if (!context) return KERNEL2(SYS_sigaltstack, a[0], a[1]);
  stack_t now = context->uc_stack;
  if (now.ss_size == 0) now.ss_flags = SS_DISABLE;
  const u64 stack = (u64)context->uc_mcontext.gregs[REG_RSP];
  const bool is_on_it = !(now.ss_flags & SS_DISABLE) && stack > (u64)now.ss_sp && stack - (u64)now.ss_sp <= now.ss_size;
  if (wanted) {
    if (is_on_it) return -EPERM;
    if (!(wanted->ss_flags & SS_DISABLE) && wanted->ss_size < LEAST_OCTETS) return -ENOMEM;
    const stack_t none = {.ss_flags = SS_DISABLE};
    context->uc_stack = wanted->ss_flags & SS_DISABLE ? none : *wanted;
  }
  if (before) {
    *before = now;
    if (is_on_it) before->ss_flags |= SS_ONSTACK;
  }
  return 0;
}

static struct Thread* thread_with(long id) {
  for (int i = 0; i < threads_count; ++i)
    if (threads[i]->real_tid == id || threads[i]->pid == id) return threads[i];
  return NULL;
}

static long raise_by_id(long id, int signal) {
  struct Thread* thread = thread_with(id);
  if (!thread) return -ESRCH;
  if (signal < 0 || signal > SIGNALS) return -EINVAL;
  if (signal != 0) raise_in_thread(thread, signal);
  return 0;
}

long call_tkill(const long* a) { return raise_by_id(a[0], (int)a[1]); }
long call_tgkill(const long* a) { return raise_by_id(a[1], (int)a[2]); }

static void take_value(struct ShimPage* target, int signal, const siginfo_t* information) {
  if (target && signal > 0 && signal <= SIGNALS)
    give_signal_value(target, signal, information->si_code, (u64)information->si_value.sival_ptr);
}

long call_rt_tgsigqueueinfo(const long* a) {
  take_value(page, (int)a[2], (const siginfo_t*)a[3]);
  return raise_by_id(a[1], (int)a[2]);
}

long call_kill(const long* a) {
  int signal = (int)a[1];
  if (signal < 0 || signal > SIGNALS) return -EINVAL;
  return send_signal((int)a[0], signal);
}

long call_rt_sigqueueinfo(const long* a) {
  take_value(page_with((int)a[0]), (int)a[1], (const siginfo_t*)a[2]);
  return call_kill(a);
}
