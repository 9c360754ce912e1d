// A recording that many runs are made of: what is read of it is read once. Copies share it.
//
//   const Tape tape(std::move(recording));
//   const Outcome outcome = subject.run(tape, one);
//
// Not for threads. Worker processes share what was read before they began.
#pragma once

#include <cstdint>
#include <memory>

#include "src/trace/trace.h"

namespace ringback::sim {

struct RecordedWorld;

class Tape {
 public:
  explicit Tape(trace::Trace recording);

  const trace::Trace& operator*() const;
  const trace::Trace* operator->() const { return &**this; }
  // Throws Error where the recording cannot be replayed.
  const RecordedWorld& world() const;
  // Stands for what the recording holds: equal for equal events.
  std::uint64_t number() const;

 private:
  struct Reel;
  std::shared_ptr<Reel> reel_;  // shared by the candidates of a search; nobody changes the recording
};

}  // namespace ringback::sim
