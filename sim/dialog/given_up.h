// When an agent has given up the calls that a completion model asked for, though nobody says so: the run decides by it
// who owes speech, and the checks who was left without an answer.
#pragma once

#include <cstdint>

#include "src/base/time.h"

namespace ringback::sim {

// A program needs a moment from the text of an answer to the calls in it.
inline constexpr Duration kMomentToCall = seconds(1);

// Calls that were opened at one time.
struct OpenedCalls {
  VirtualTime at;
  std::uint64_t tool_requests = 0;  // of the whole run, until then
};

// Whether something that the agent says at `now`, while it calls no tool and asks nothing, means that they are given
// up: it is said later than they were opened, and it is not the text that comes before the first of them.
inline bool are_given_up(const OpenedCalls& opened, VirtualTime now, std::uint64_t tool_requests) {
  if (now == opened.at) return false;
  return tool_requests != opened.tool_requests || now - opened.at >= kMomentToCall;
}

}  // namespace ringback::sim
