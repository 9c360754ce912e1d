#include "preload/notifications.h"

#include <pthread.h>
#include <string.h>

#include "preload/scheduler.h"
#include "preload/threads.h"

enum { NOTIFICATIONS_MAX = 256 };

struct Notification {
  void (*function)(union sigval);  // null: free
  union sigval value;
  pthread_attr_t attributes;
  u64 due;       // times that it has fired and has no thread yet
  u32 starting;  // threads that have not taken their copy yet; until then the slot is not free
  bool is_dropped;
};
static struct Notification notifications[NOTIFICATIONS_MAX];
// Timers fire where a thread is about to be chosen, which is no place to make one: a thread of ours makes them.
static bool maker_runs;

static bool any_is_due(struct Thread* thread) {
  (void)thread;
  for (int i = 0; i < NOTIFICATIONS_MAX; ++i)
    if (notifications[i].due > 0) return true;
  return false;
}

static void* notify(void* argument) {
  struct Notification* notification = argument;
  void (*const function)(union sigval) = notification->function;
  const union sigval value = notification->value;
  if (--notification->starting == 0 && notification->is_dropped) notification->function = NULL;
  function(value);
  return NULL;
}

static void* make_threads(void* unused) {
  self->mask = ~UINT64_C(0);
  for (;;) {
    struct Wait wait = {.deadline_ns = SHIM_NEVER, .ready = any_is_due};
    park(&wait);
    for (int i = 0; i < NOTIFICATIONS_MAX; ++i)
      for (; notifications[i].due > 0; --notifications[i].due) {
        pthread_t thread;
        ++notifications[i].starting;
        if (pthread_create(&thread, &notifications[i].attributes, notify, &notifications[i]) != 0)
          --notifications[i].starting;
      }
  }
  return unused;
}

struct Notification* new_notification(const struct sigevent* event) {
  struct Notification* slot = notifications;
  while (slot < notifications + NOTIFICATIONS_MAX && slot->function) ++slot;
  if (slot == notifications + NOTIFICATIONS_MAX) {
    taint("more than %d timers with SIGEV_THREAD", NOTIFICATIONS_MAX);
    return NULL;
  }
  memset(slot, 0, sizeof *slot);
  pthread_attr_init(&slot->attributes);
  if (event->sigev_notify_attributes) slot->attributes = *event->sigev_notify_attributes;
  pthread_attr_setdetachstate(&slot->attributes, PTHREAD_CREATE_DETACHED);
  slot->function = event->sigev_notify_function;
  slot->value = event->sigev_value;
  pthread_t maker;
  if (!maker_runs) {
    if (pthread_create(&maker, NULL, make_threads, NULL) != 0) return NULL;
    pthread_detach(maker);
    maker_runs = true;
  }
  return slot;
}

void drop_notification(struct Notification* notification) {
  notification->due = 0;
  notification->is_dropped = true;
  if (notification->starting == 0) notification->function = NULL;
}

void notify_by_thread(struct Notification* notification) {
  ++notification->due;
  page->progress = 1;
}

void notifications_forget(void) {
  memset(notifications, 0, sizeof notifications);
  maker_runs = false;
}
