// Latencies per turn of the caller, and percentiles of them.
#pragma once

#include <optional>
#include <vector>

#include "sim/check/timeline.h"

namespace ringback::sim {

struct Latency {
  VirtualTime from;  // end of the caller's turn
  Duration length;  // until it came; where it never came, until the caller spoke again or the call ended: a lower bound
  bool came = false;
};

// End of turn to the first audible sound (or text) of the agent. A last turn after which the caller hung up by plan is
// left out where nothing came: a farewell.
std::vector<Latency> first_audio_latencies(const Timeline& timeline);
// End of turn to the first token of the model (its first sound where it sends no tokens), of a response that began
// after the turn had begun.
std::vector<Latency> first_token_latencies(const Timeline& timeline);

// Nearest rank: the smallest value that at least 95 of 100 do not exceed. Nothing for no values.
std::optional<Duration> p95(const std::vector<Latency>& latencies);

}  // namespace ringback::sim
