// Latencies per turn of the caller, and percentiles of them.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "sim/check/timeline.h"

namespace ringback::sim {

struct Latency {
  VirtualTime from;  // end of the caller's turn
  Duration length;  // until it came; where it never came, until the caller spoke again or the call ended: a lower bound
  bool came = false;
};

// What happens between the end of the caller's turn and the first sound.
enum class Stage {
  end_of_turn,  // the model tells that the turn is over
  transcript,   // the model has written down what the caller said
  first_token,  // of a response that began after the turn had begun (its first sound where it sends no tokens)
  first_byte,   // of the sound of such a response
  play_out,     // the first audible sound, or text, of the agent
};
inline constexpr std::size_t kStages = 5;
// "end of turn", ...
std::string_view name_of(Stage stage);

// One for each turn of the caller. A last turn after which the caller hung up by plan is left out where nothing came: a
// farewell.
std::vector<Latency> stage_latencies(const Timeline& timeline, Stage stage);

// Nearest rank: the smallest value that at least 95 of 100 do not exceed. Nothing for no values.
std::optional<Duration> p95(const std::vector<Latency>& latencies);

}  // namespace ringback::sim
