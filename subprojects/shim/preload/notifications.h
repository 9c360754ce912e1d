// SIGEV_THREAD: each time that a timer fires its function runs in a new thread.
#pragma once

#include <signal.h>

#include "preload/state.h"

struct Notification;

struct Notification* new_notification(const struct sigevent* event);  // null: too many
void drop_notification(struct Notification* notification);
void notify_by_thread(struct Notification* notification);
void notifications_forget(void);  // the child of a fork has none
