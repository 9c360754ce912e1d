// One thread of the whole run goes at a time. It keeps the token until it parks; then the next in the run queue gets
// it, or else who became ready, or else whose time has come, or else the simulator.
//
// Ready and expired threads are found in a fixed order (that of their creation; that of their deadlines and then of
// their parking), so the schedule is a function of what the program did and of what the simulator sent.
#pragma once

#include "preload/state.h"

enum {
  THREADS_MAX = 4096,  // alive at one time in one process
};

enum ThreadState { THREAD_FREE, THREAD_READY, THREAD_PARKED, THREAD_DEAD };

enum Wake {
  WAKE_EVENT,   // what it waited for happened
  WAKE_TIME,    // its deadline came first
  WAKE_SIGNAL,  // a signal wants to be handled by this thread
};

// pthread_cancel was called for it. libc acts inside its own waits; what came by a door of ours ends by itself
// (doors.c).
enum Cancel { CANCEL_NONE, CANCEL_JUST_ASKED, CANCEL_ASKED };

struct Thread;
// Whether a parked thread can go on; called by whoever holds the token.
typedef bool (*ReadyTest)(struct Thread* thread);

struct Thread {
  u32 token;   // futex: 1 when this thread may go
  u32 number;  // order of creation in this process; never reused
  enum ThreadState state;
  enum Wake wake;
  int pid;  // the thread id that the program sees
  int real_tid;
  int awaits_end_of;    // real tid of the thread that handed us the token while it ended
  const u32* end_word;  // which the kernel clears when that one has ended
  u64 deadline_ns;
  u64 parked_as;  // counts parkings: the order among equal deadlines
  bool interruptible;
  bool ahead;  // goes without the token until its first call: SHIM_LEAK_THREADS
  ReadyTest ready;
  const void* object;  // what it waits for, for wake_waiting_for
  u32 futex_mask;
  u32 futex_value;
  void* argument;     // of `ready`
  u64 mask, pending;  // signals
  u64 saved_mask;
  u64 handle;  // its pthread_t; 0: not known yet
  enum Cancel cancel;
  bool cancellable;  // in a call that came by a door of ours which is a cancellation point
  u64 owed_ns;       // for work that was done and not paid for (cost.h)
  bool restore_mask;
  struct Thread* next;  // in the run queue
};

extern __thread struct Thread* self __attribute__((tls_model("initial-exec")));
extern struct Thread* threads[THREADS_MAX];  // alive, in the order of their creation
extern int threads_count;

struct Wait {
  u64 deadline_ns;
  ReadyTest ready;  // may be null
  void* argument;
  const void* object;  // may be null
  u32 futex_mask, futex_value;
  bool interruptible;
};

struct Thread* add_thread(void);  // null: too many
void forget_thread(struct Thread* thread);
void make_ready(struct Thread* thread, enum Wake wake);

enum Wake park(const struct Wait* wait);
// Others that can go do so first. False when there was none.
bool yield_token(void);
// The token goes to the next one; this thread never runs again.
void leave_token(const u32* end_word);
void wait_for_token(void);
// The child of a fork has one thread: this.
void keep_only_self(void);

// Gives the turn to the simulator and waits until it comes back.
void hand_over(u32 op);
// The process waits for its first turn.
void wait_for_turn(void);

// Something that the simulator or another process must see before the clock may move.
void note_outward(void);

// A thread spins on the clock or on empty polls: counts, and charges virtual time from a certain number on.
void count_clock_reads(u64 weight);
void count_empty_poll(void);

// now + distance, and the slack that Linux gives; SHIM_NEVER when that overflows.
u64 deadline_after(u64 distance_ns);
