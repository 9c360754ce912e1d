// What trace_bench writes, scans and seeks in: the same events on every machine.
//
// A ten-minute call of telephone sound and model sound, raw; the same call as JSON on the wire; and a million small
// texts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/trace/bodies.h"
#include "src/trace/event.h"

namespace ringback::bench {

class Dice {
 public:
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    return state_ ^= state_ << 17;
  }
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }

 private:
  std::uint64_t state_ = 88172645463325252u;
};

struct Workload {
  std::string name;
  bool is_text = false;
  std::vector<trace::Event> events;  // Octets; declarations are the formats' own business
};

// Channels 1 to 4; this one has an event every few seconds.
inline constexpr trace::ChannelId kSparseChannel = 4;

Workload raw_call();
Workload json_call();
Workload texts();

// The start of a model's stream: a piece of a transcript with an id that nobody can guess.
Bytes delta_json(Dice& dice);
trace::Event event_at(std::int64_t ns, trace::ChannelId channel, Bytes payload);
inline BytesView payload_of(const trace::Event& event) { return trace::body_field(event.body, 1); }

}  // namespace ringback::bench
