// What was under way at each moment of a run, as a set of five: the caller speaks, the agent speaks, the model answers,
// a function call of the model is open, a tool is asked. Races live where these change together.
//
//   const ConversationStates states(timeline);
//   states.at(fault.at);
#pragma once

#include <cstdint>
#include <vector>

#include "sim/check/timeline.h"

namespace ringback::sim {

class ConversationStates {
 public:
  enum Bit : std::uint32_t {
    caller_speaks = 1,
    agent_speaks = 2,
    model_answers = 4,
    call_is_open = 8,
    tool_is_asked = 16,
  };
  // From this moment to the next one's.
  struct State {
    VirtualTime since;
    std::uint32_t bits = 0;
  };

  explicit ConversationStates(const Timeline& timeline);

  // Bits; 0 before anything was under way.
  std::uint32_t at(VirtualTime time) const;
  // In order, each other than the one before. What begins and ends at one moment is not seen.
  const std::vector<State>& states() const& { return states_; }
  void states() && = delete;  // they would be gone

 private:
  std::vector<State> states_;
};

}  // namespace ringback::sim
