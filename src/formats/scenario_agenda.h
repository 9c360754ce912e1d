// What is still to happen in a scenario that is played through.
//
//   Agenda agenda;
//   agenda.in(milliseconds(20), [&] { tick(); });
//   while (agenda.step()) {}
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "src/base/time.h"

namespace ringback::formats {

// Actions at virtual times, in order of time and then of scheduling.
class Agenda {
 public:
  VirtualTime now() const { return now_; }
  void in(Duration delay, std::function<void()> action) {
    actions_.emplace(std::pair(now_ + delay, sequence_++), std::move(action));
  }
  bool step() {
    if (actions_.empty()) return false;
    auto node = actions_.extract(actions_.begin());
    now_ = node.key().first;
    node.mapped()();
    return true;
  }
  void clear() { actions_.clear(); }

 private:
  VirtualTime now_;
  std::uint64_t sequence_ = 0;
  std::map<std::pair<VirtualTime, std::uint64_t>, std::function<void()>> actions_;
};

}  // namespace ringback::formats
