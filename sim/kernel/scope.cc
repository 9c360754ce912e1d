#include "sim/kernel/scope.h"

#include <algorithm>

namespace ringback::sim {

Scope::~Scope() {
  for (const Spawned& spawned : tasks_) {
    kernel_.cancel(spawned.start);
    spawned.handle.destroy();
  }
}

Scope::Root Scope::run(Task<void> task) { co_await task; }

void Scope::spawn(Task<void> task) {
  release_ended();
  const auto handle = run(std::move(task)).handle;
  const TimerId start = kernel_.schedule(kernel_.now(), EventClass::wake, lane_, [handle] { handle.resume(); });
  tasks_.push_back({.handle = handle, .start = start});
}

std::size_t Scope::running() const {
  return static_cast<std::size_t>(
      std::count_if(tasks_.begin(), tasks_.end(), [](const Spawned& spawned) { return !spawned.handle.done(); }));
}

void Scope::release_ended() {
  for (auto spawned = tasks_.begin(); spawned != tasks_.end();) {
    if (spawned->handle.done()) {
      spawned->handle.destroy();
      spawned = tasks_.erase(spawned);
    } else {
      ++spawned;
    }
  }
}

}  // namespace ringback::sim
