// Plays a script: hands out each frame when its time has come, counted from the cause.
#pragma once

#include <algorithm>
#include <functional>
#include <utility>

#include "sim/kernel/wait.h"
#include "sim/peers/recorded_model.h"

namespace ringback::sim {

class ScriptPlayer {
 public:
  using Send = std::function<void(const TimedFrame&)>;

  // Frames whose time has passed already come at once. `send` may call stop(); a player that is_finished may be
  // destroyed.
  ScriptPlayer(Kernel& kernel, Lane& lane, Script script, VirtualTime cause, Send send)
      : kernel_(kernel),
        lane_(lane),
        script_(std::move(script)),
        cause_(cause),
        send_(std::move(send)),
        timer_(kernel) {
    schedule_next();
  }

  // The rest is not sent.
  void stop() {
    next_ = script_.size();
    timer_.cancel();
  }
  // Nothing more will be sent, and no send is going on.
  bool is_finished() const { return next_ == script_.size() && !is_sending_; }

 private:
  void schedule_next() {
    if (next_ == script_.size()) return;
    const VirtualTime due = std::max(kernel_.now(), cause_ + script_[next_].after);
    timer_.schedule(due, EventClass::delivery, lane_, [this] { play(); });
  }
  void play() {
    const VirtualTime now = kernel_.now();
    is_sending_ = true;
    while (next_ < script_.size() && cause_ + script_[next_].after <= now) {
      const std::size_t current = next_++;
      send_(script_[current]);
    }
    is_sending_ = false;
    schedule_next();
  }

  Kernel& kernel_;
  Lane& lane_;
  Script script_;
  VirtualTime cause_;
  Send send_;
  std::size_t next_ = 0;
  bool is_sending_ = false;
  ScopedTimer timer_;
};

}  // namespace ringback::sim
