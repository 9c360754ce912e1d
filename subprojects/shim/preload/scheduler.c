#include "preload/scheduler.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>

#include "preload/signals.h"
#include "preload/timers.h"

__thread struct Thread* self __attribute__((tls_model("initial-exec")));
struct Thread* threads[THREADS_MAX];
int threads_count;

static struct Thread storage[THREADS_MAX];
static struct Thread *queue_head, *queue_tail;
static u64 parkings;
static u32 numbers;
static bool outward;  // since the last time that the simulator had the turn
static u64 clock_reads_without_wait, polls_without_wait;
static u64 free_clock_reads = SHIM_FIRST_SPIN_READS, free_polls = SHIM_FIRST_SPIN_POLLS;

// --- threads ---

struct Thread* add_thread(void) {
  if (threads_count == THREADS_MAX) return NULL;
  struct Thread* thread = storage;
  while (thread->state != THREAD_FREE) ++thread;
  memset(thread, 0, sizeof *thread);
  thread->state = THREAD_READY;
  thread->number = numbers++;
  thread->deadline_ns = SHIM_NEVER;
  threads[threads_count++] = thread;
  ++page->counters.threads;
  return thread;
}

void forget_thread(struct Thread* thread) {
  int at = 0;
  while (threads[at] != thread) ++at;
  --threads_count;
  memmove(threads + at, threads + at + 1, (size_t)(threads_count - at) * sizeof *threads);
  thread->state = THREAD_FREE;
}

void keep_only_self(void) {
  for (int i = 0; i < threads_count; ++i)
    if (threads[i] != self) threads[i]->state = THREAD_FREE;
  threads[0] = self;
  threads_count = 1;
  queue_head = queue_tail = NULL;
  outward = false;
  clock_reads_without_wait = polls_without_wait = 0;
}

// --- the run queue ---

static void queue(struct Thread* thread) {
  thread->next = NULL;
  if (queue_tail)
    queue_tail->next = thread;
  else
    queue_head = thread;
  queue_tail = thread;
}

static struct Thread* take_from_queue(void) {
  struct Thread* thread = queue_head;
  if (thread) {
    queue_head = thread->next;
    if (!queue_head) queue_tail = NULL;
  }
  return thread;
}

void make_ready(struct Thread* thread, enum Wake wake) {
  page->progress = 1;
  thread->state = THREAD_READY;
  thread->wake = wake;
  queue(thread);
}

// --- the turn: between processes and the simulator ---

static void wake_one(u32* word, u32 value, int op) {
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
  KERNEL4(SYS_futex, word, op, 1, 0);
}

void wait_for_turn(void) {
  const struct { i64 s, ns; } patience = {2, 0};
  while (__atomic_load_n(&page->turn, __ATOMIC_ACQUIRE) != SHIM_TURN_PROCESS) {
    if (KERNEL4(SYS_futex, &page->turn, FUTEX_WAIT, SHIM_TURN_SIMULATOR, &patience) != -ETIMEDOUT) continue;
    // A run whose simulator is gone is over: nobody will give us the turn.
    if (KERNEL2(SYS_kill, run->simulator_pid, 0) == -3 /* ESRCH */) KERNEL1(SYS_exit_group, 70);
  }
  outward = false;
  clock_reads_without_wait = polls_without_wait = 0;
  mix_schedule(page->now_ns);
}

void hand_over(u32 op) {
  page->op = op;
  wake_one(&page->turn, SHIM_TURN_SIMULATOR, FUTEX_WAKE);
  if (op != SHIM_OP_EXIT) wait_for_turn();
}

void note_outward(void) {
  outward = true;
  page->outward |= SHIM_OUT_ANY;
  page->progress = 1;
}

// --- who goes next ---

static bool wake_who_became_ready(void) {
  bool any = false;
  for (int i = 0; i < threads_count; ++i) {
    struct Thread* thread = threads[i];
    if (thread->state != THREAD_PARKED || !thread->ready || !thread->ready(thread)) continue;
    make_ready(thread, WAKE_EVENT);
    any = true;
  }
  return any;
}

static bool wake_whose_time_came(void) {
  bool any = false;
  for (;;) {
    struct Thread* first = NULL;
    for (int i = 0; i < threads_count; ++i) {
      struct Thread* thread = threads[i];
      if (thread->state != THREAD_PARKED || thread->deadline_ns > page->now_ns) continue;
      if (!first || thread->deadline_ns < first->deadline_ns ||
          (thread->deadline_ns == first->deadline_ns && thread->parked_as < first->parked_as))
        first = thread;
    }
    if (!first) return any;
    make_ready(first, WAKE_TIME);
    any = true;
  }
}

static u64 earliest_deadline(void) {
  u64 earliest = timers_deadline();
  for (int i = 0; i < threads_count; ++i)
    if (threads[i]->state == THREAD_PARKED && threads[i]->deadline_ns < earliest) earliest = threads[i]->deadline_ns;
  return earliest;
}

static struct Thread* pick(void) {
  for (;;) {
    wake_for_signals();
    struct Thread* next = take_from_queue();
    if (next) return next;
    if (wake_who_became_ready()) continue;
    if (timers_fire()) continue;
    if (wake_whose_time_came()) continue;
    u64 deadline = earliest_deadline();
    if (flag(SHIM_LOOK_AHEAD) && !outward && deadline < page->next_event_ns) {
      page->now_ns = deadline;
      clock_reads_without_wait = polls_without_wait = 0;
      ++page->counters.hops;
      mix_schedule(deadline);
      TRACE("hop");
      continue;
    }
    page->idle_until_ns = deadline;
    TRACE("idle until %llu", (unsigned long long)deadline);
    hand_over(SHIM_OP_IDLE);
  }
}

// --- passing the token ---

// The first thread of a process stays until the others have ended; nobody waits for it.
static void await_end(int real_tid, const u32* word) {
  const struct { i64 s, ns; } glance = {0, 1000000};
  if (real_tid == page->real_pid) return;
  while (KERNEL3(SYS_tgkill, page->real_pid, real_tid, 0) == 0) {
    long result = KERNEL4(SYS_futex, word, FUTEX_WAIT, real_tid, &glance);
    if (result != -ETIMEDOUT && result != -EINTR && result != 0) return;  // cleared, or even unmapped
  }
}

void wait_for_token(void) {
  struct Thread* me = self;
  while (!__atomic_exchange_n(&me->token, 0, __ATOMIC_ACQUIRE))
    KERNEL4(SYS_futex, &me->token, FUTEX_WAIT_PRIVATE, 0, 0);
  page->real_tid = me->real_tid;
  // What the kernel and libc clean up behind an ending thread must be done before anybody looks.
  if (me->awaits_end_of) await_end(me->awaits_end_of, me->end_word);
  me->awaits_end_of = 0;
}

static void pass_token_to(struct Thread* next) {
  mix_schedule(next->number);
  if (next == self) return;
  ++page->counters.switches;
  TRACE("switch to %u", next->number);
  wake_one(&next->token, 1, FUTEX_WAKE_PRIVATE);
  wait_for_token();
}

enum Wake park(const struct Wait* wait) {
  struct Thread* me = self;
  me->deadline_ns = wait->deadline_ns;
  me->ready = wait->ready;
  me->argument = wait->argument;
  me->object = wait->object;
  me->futex_mask = wait->futex_mask;
  me->futex_value = wait->futex_value;
  me->interruptible = wait->interruptible;
  me->parked_as = parkings++;
  me->state = THREAD_PARKED;
  pass_token_to(pick());
  me->object = NULL;
  me->ready = NULL;
  me->deadline_ns = SHIM_NEVER;
  return me->wake;
}

bool yield_token(void) {
  if (!queue_head) return false;
  self->state = THREAD_READY;
  queue(self);
  pass_token_to(pick());
  return true;
}

void leave_token(const u32* end_word) {
  struct Thread* me = self;
  int real_tid = me->real_tid;
  me->state = THREAD_DEAD;
  forget_thread(me);
  me->state = THREAD_DEAD;
  struct Thread* next = pick();
  me->state = THREAD_FREE;
  mix_schedule(next->number + UINT64_C(1000));
  next->awaits_end_of = real_tid;
  next->end_word = end_word;
  ++page->counters.switches;
  self = NULL;
  wake_one(&next->token, 1, FUTEX_WAKE_PRIVATE);
}

// --- spins ---

u64 deadline_after(u64 distance_ns) {
  u64 at = page->now_ns + distance_ns;
  if (at < page->now_ns || at > SHIM_NEVER - SHIM_TIMER_SLACK_NS) return SHIM_NEVER;
  return at + SHIM_TIMER_SLACK_NS;
}

static void charge_spin(void) {
  ++page->counters.charged_spins;
  page->cpu_charged_ns += SHIM_SPIN_CHARGE_NS;
  u64 reads = clock_reads_without_wait, polls = polls_without_wait;
  struct Wait wait = {.deadline_ns = page->now_ns + SHIM_SPIN_CHARGE_NS};
  park(&wait);
  clock_reads_without_wait = reads;
  polls_without_wait = polls;
}

void count_clock_reads(u64 weight) {
  ++page->counters.clock_reads;
  ++page->alive;
  u64 charged = clock_reads_without_wait / 64;
  clock_reads_without_wait += weight;
  if (clock_reads_without_wait <= free_clock_reads || clock_reads_without_wait / 64 == charged) return;
  free_clock_reads = SHIM_SPIN_READS;
  charge_spin();
}

void count_empty_poll(void) {
  if (++polls_without_wait <= free_polls) return;
  free_polls = SHIM_SPIN_POLLS;
  charge_spin();
}
