#include "preload/futex.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <time.h>

#include "preload/calls.h"
#include "preload/clock.h"

enum { CONTROL_BLOCK_BYTES = 4096 };

static bool waits_on(const struct Thread* thread, const void* word, u32 mask) {
  return thread->state == THREAD_PARKED && thread->object == word && (thread->futex_mask & mask) != 0;
}

// The one that has waited longest.
static struct Thread* first_waiter(const void* word, u32 mask) {
  struct Thread* first = NULL;
  for (int i = 0; i < threads_count; ++i)
    if (waits_on(threads[i], word, mask) && (!first || threads[i]->parked_as < first->parked_as)) first = threads[i];
  return first;
}

static int wake(const void* word, int most, u32 mask) {
  page->progress = 1;  // a waiter in another process looks at the word again
  int woken = 0;
  for (struct Thread* thread; woken < most && (thread = first_waiter(word, mask)) != NULL; ++woken)
    make_ready(thread, WAKE_EVENT);
  return woken;
}

static int requeue(const void* from, const void* to, int most) {
  int moved = 0;
  for (struct Thread* thread; moved < most && (thread = first_waiter(from, FUTEX_BITSET_MATCH_ANY)) != NULL; ++moved)
    thread->object = to;
  return moved;
}

static bool word_changed(struct Thread* thread) {
  return __atomic_load_n((const u32*)thread->object, __ATOMIC_SEQ_CST) != thread->futex_value;
}

static u64 deadline_of_wait(int op, const struct timespec* timeout) {
  if (!timeout) return SHIM_NEVER;
  if ((op & FUTEX_CMD_MASK) == FUTEX_WAIT) return deadline_after(duration_of(timeout));
  return deadline_at(timeout, (op & FUTEX_CLOCK_REALTIME) ? CLOCK_REALTIME : CLOCK_MONOTONIC);
}

static long wait_on(const u32* word, u32 value, u32 mask, u64 deadline_ns, bool shared) {
  if (__atomic_load_n(word, __ATOMIC_SEQ_CST) != value) return -EAGAIN;
  struct Wait wait = {.deadline_ns = deadline_ns,
                      .object = word,
                      .futex_mask = mask,
                      .futex_value = value,
                      .ready = shared ? word_changed : NULL,  // woken by another process, or by the kernel
                      .interruptible = true};
  switch (park(&wait)) {
    case WAKE_EVENT:
      return 0;
    case WAKE_TIME:
      return -ETIMEDOUT;
    case WAKE_SIGNAL:
      break;
  }
  return deadline_ns == SHIM_NEVER ? -CALL_AGAIN : -EINTR;
}

// A lock with priority inheritance: the kernel keeps the owner, we wait.
static long lock_inheriting(u32* word, int op, const struct timespec* timeout) {
  int clock =
      (op & FUTEX_CMD_MASK) == FUTEX_LOCK_PI2 && !(op & FUTEX_CLOCK_REALTIME) ? CLOCK_MONOTONIC : CLOCK_REALTIME;
  struct Wait wait = {.deadline_ns = timeout ? deadline_at(timeout, clock) : SHIM_NEVER,
                      .object = word,
                      .futex_mask = FUTEX_BITSET_MATCH_ANY};
  for (;;) {
    long result = KERNEL4(SYS_futex, word, FUTEX_TRYLOCK_PI | (op & FUTEX_PRIVATE_FLAG), 0, 0);
    if (result != -EAGAIN && result != -EBUSY) return result;
    if (park(&wait) == WAKE_TIME) return -ETIMEDOUT;
  }
}

static long wake_operation(const long* a) {
  u32* second = (u32*)a[4];
  u32 code = (u32)a[5];
  int operand = (int)(code << 8) >> 20, comparand = (int)(code << 20) >> 20;
  if ((code >> 28) & FUTEX_OP_OPARG_SHIFT) operand = 1 << (operand & 31);
  int old = (int)*second;
  switch ((code >> 28) & 7) {
    case FUTEX_OP_SET:
      *second = (u32)operand;
      break;
    case FUTEX_OP_ADD:
      *second = (u32)(old + operand);
      break;
    case FUTEX_OP_OR:
      *second = (u32)(old | operand);
      break;
    case FUTEX_OP_ANDN:
      *second = (u32)(old & ~operand);
      break;
    case FUTEX_OP_XOR:
      *second = (u32)(old ^ operand);
      break;
    default:
      return -ENOSYS;
  }
  bool also = false;
  switch ((code >> 24) & 15) {
    case FUTEX_OP_CMP_EQ:
      also = old == comparand;
      break;
    case FUTEX_OP_CMP_NE:
      also = old != comparand;
      break;
    case FUTEX_OP_CMP_LT:
      also = old < comparand;
      break;
    case FUTEX_OP_CMP_LE:
      also = old <= comparand;
      break;
    case FUTEX_OP_CMP_GT:
      also = old > comparand;
      break;
    case FUTEX_OP_CMP_GE:
      also = old >= comparand;
      break;
    default:
      return -ENOSYS;
  }
  int woken = wake((const void*)a[0], (int)a[2], FUTEX_BITSET_MATCH_ANY);
  if (also) woken += wake(second, (int)a[3], FUTEX_BITSET_MATCH_ANY);
  return woken;
}

long call_futex(const long* a) {
  u32* word = (u32*)a[0];
  int op = (int)a[1];
  const struct timespec* timeout = (const struct timespec*)a[3];
  bool shared = !(op & FUTEX_PRIVATE_FLAG);
  switch (op & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
      return wait_on(word, (u32)a[2], FUTEX_BITSET_MATCH_ANY, deadline_of_wait(op, timeout), shared);
    case FUTEX_WAIT_BITSET:
      return wait_on(word, (u32)a[2], (u32)a[5], deadline_of_wait(op, timeout), shared);
    case FUTEX_WAKE:
      return wake(word, (int)a[2], FUTEX_BITSET_MATCH_ANY);
    case FUTEX_WAKE_BITSET:
      return wake(word, (int)a[2], (u32)a[5]);
    case FUTEX_WAKE_OP:
      return wake_operation(a);
    case FUTEX_CMP_REQUEUE:
      if (__atomic_load_n(word, __ATOMIC_SEQ_CST) != (u32)a[5]) return -EAGAIN;
      __attribute__((fallthrough));
    case FUTEX_REQUEUE: {
      int woken = wake(word, (int)a[2], FUTEX_BITSET_MATCH_ANY);
      return woken + requeue(word, (const void*)a[4], (int)a[3]);
    }
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
      return lock_inheriting(word, op, timeout);
    case FUTEX_TRYLOCK_PI:
      return KERNEL4(SYS_futex, word, op, 0, 0);
    case FUTEX_UNLOCK_PI: {
      long result = KERNEL4(SYS_futex, word, op, 0, 0);
      wake(word, 1, FUTEX_BITSET_MATCH_ANY);
      return result;
    }
    default:
      taint("futex operation %d is not known", op & FUTEX_CMD_MASK);
      return -ENOSYS;
  }
}

void wake_joiners(u64 control_block) {
  for (int i = 0; i < threads_count; ++i) {
    struct Thread* thread = threads[i];
    u64 word = (u64)thread->object;
    if (thread->state == THREAD_PARKED && word >= control_block && word < control_block + CONTROL_BLOCK_BYTES &&
        thread->ready == word_changed)
      make_ready(thread, WAKE_EVENT);
  }
}
