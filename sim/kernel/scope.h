// Owns tasks that run side by side. Destroying the scope cancels those that have not ended.
//
//   Scope scope(kernel, lane);
//   scope.spawn(listen(...));       // starts at this virtual time, after what is already due
//
// An exception that leaves a spawned task passes through Kernel::run: nobody else could handle it.
#pragma once

#include <coroutine>
#include <list>

#include "sim/kernel/kernel.h"
#include "sim/kernel/task.h"

namespace ringback::sim {

class Scope {
 public:
  // `kernel` and `lane` outlive the scope.
  Scope(Kernel& kernel, Lane& lane) : kernel_(kernel), lane_(lane) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope();

  void spawn(Task<void> task);
  // Tasks that have not ended.
  std::size_t running() const;

 private:
  // A coroutine that nobody awaits; the scope owns its frame.
  struct Root {
    struct promise_type {
      Root get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
      std::suspend_always initial_suspend() const noexcept { return {}; }
      std::suspend_always final_suspend() const noexcept { return {}; }
      void return_void() const noexcept {}
      void unhandled_exception() const { throw; }
    };
    std::coroutine_handle<promise_type> handle;
  };
  struct Spawned {
    std::coroutine_handle<Root::promise_type> handle;
    TimerId start;
  };
  static Root run(Task<void> task);
  void release_ended();

  Kernel& kernel_;
  Lane& lane_;
  std::list<Spawned> tasks_;
};

}  // namespace ringback::sim
