// What a task can wait for: a time, and the next item of a mailbox.
//
// Each wait undoes itself when its task is cancelled. A task goes on in a callback of its own (EventClass::wake), never
// inside the call that made it ready.
#pragma once

#include <coroutine>
#include <deque>
#include <optional>

#include "sim/kernel/kernel.h"
#include "sim/kernel/scope.h"
#include "sim/kernel/task.h"

namespace ringback::sim {

class Sleep {
 public:
  Sleep(Kernel& kernel, Lane& lane, Duration duration) : kernel_(kernel), lane_(lane), duration_(duration) {}
  Sleep(const Sleep&) = delete;
  Sleep& operator=(const Sleep&) = delete;
  ~Sleep() { kernel_.cancel(timer_); }

  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    timer_ = kernel_.schedule(kernel_.now() + duration_, EventClass::timer, lane_, [waiting] { waiting.resume(); });
  }
  void await_resume() const {}

 private:
  Kernel& kernel_;
  Lane& lane_;
  Duration duration_;
  TimerId timer_;
};

// A scheduled callback that is taken back with its owner.
class ScopedTimer {
 public:
  // `kernel` outlives the timer.
  explicit ScopedTimer(Kernel& kernel) : kernel_(kernel) {}
  ScopedTimer(const ScopedTimer&) = delete;
  ScopedTimer& operator=(const ScopedTimer&) = delete;
  ~ScopedTimer() { cancel(); }

  // Takes back what was scheduled before.
  void schedule(VirtualTime at, EventClass event_class, Lane& lane, Callback callback) {
    cancel();
    timer_ = kernel_.schedule(at, event_class, lane, std::move(callback));
  }
  void cancel() { kernel_.cancel(timer_); }

 private:
  Kernel& kernel_;
  TimerId timer_;
};

// Waits for `duration` (at least 0) of virtual time.
inline Sleep sleep(Kernel& kernel, Lane& lane, Duration duration) { return Sleep(kernel, lane, duration); }

// A queue with at most one task waiting at its end. Items come out in the order in which they went in.
template <class T>
class Mailbox {
 public:
  Mailbox(Kernel& kernel, Lane& lane) : kernel_(kernel), lane_(lane) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox() { kernel_.cancel(wake_); }

  // Drops the item where the mailbox is closed.
  void push(T item) {
    if (closed_) return;
    items_.push_back(std::move(item));
    wake_receiver();
  }
  // Nothing more will come; what is in the queue is still received.
  void close() {
    closed_ = true;
    wake_receiver();
  }
  bool is_closed() const { return closed_; }
  // Nothing waits to be received.
  bool is_empty() const { return items_.empty(); }

  class Receive {
   public:
    explicit Receive(Mailbox& mailbox) : mailbox_(mailbox) {}
    Receive(const Receive&) = delete;
    Receive& operator=(const Receive&) = delete;
    ~Receive() {
      if (mailbox_.receiver_ == waiting_) mailbox_.forget_receiver();
    }
    bool await_ready() const { return !mailbox_.items_.empty() || mailbox_.closed_; }
    void await_suspend(std::coroutine_handle<> waiting) {
      RINGBACK_CHECK(!mailbox_.receiver_, "one task waits on a mailbox, lane '{}'", mailbox_.lane_.name());
      waiting_ = waiting;
      mailbox_.receiver_ = waiting;
    }
    std::optional<T> await_resume() {
      waiting_ = nullptr;
      if (mailbox_.items_.empty()) return std::nullopt;
      std::optional<T> item(std::move(mailbox_.items_.front()));
      mailbox_.items_.pop_front();
      return item;
    }

   private:
    Mailbox& mailbox_;
    std::coroutine_handle<> waiting_;
  };
  // The next item, or nothing once the mailbox is closed and empty.
  Receive receive() { return Receive(*this); }

 private:
  void wake_receiver() {
    if (!receiver_ || wake_pending_) return;
    wake_pending_ = true;
    wake_ = kernel_.schedule(kernel_.now(), EventClass::wake, lane_, [this] {
      wake_pending_ = false;
      const std::coroutine_handle<> receiver = std::exchange(receiver_, nullptr);
      receiver.resume();
    });
  }
  void forget_receiver() {
    receiver_ = nullptr;
    kernel_.cancel(wake_);
    wake_pending_ = false;
  }

  Kernel& kernel_;
  Lane& lane_;
  std::deque<T> items_;
  std::coroutine_handle<> receiver_;
  TimerId wake_;
  bool wake_pending_ = false;
  bool closed_ = false;
};

namespace detail {

template <class T>
Task<void> forward_result(Task<T> task, Mailbox<std::optional<T>>& results) {
  T value = co_await task;
  results.push(std::optional<T>(std::move(value)));
}

}  // namespace detail

// The task's result, or nothing after `limit`; the task is then cancelled. A result at the very moment of the limit
// loses.
template <class T>
Task<std::optional<T>> with_timeout(Kernel& kernel, Lane& lane, Duration limit, Task<T> task) {
  Mailbox<std::optional<T>> results(kernel, lane);
  Scope scope(kernel, lane);
  scope.spawn(detail::forward_result(std::move(task), results));
  auto* mailbox = &results;
  ScopedTimer timer(kernel);
  timer.schedule(kernel.now() + limit, EventClass::timer, lane, [mailbox] { mailbox->push(std::nullopt); });
  std::optional<std::optional<T>> first = co_await results.receive();
  co_return std::move(*first);
}

}  // namespace ringback::sim
