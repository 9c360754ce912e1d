// Who was heard at the same time as whom.
#pragma once

#include <vector>

#include "sim/check/timeline.h"

namespace ringback::sim {

// The agent's sound, joined over gaps of at most Floor::kBreathMax: the gap between two words.
std::vector<Heard> agent_stretches(const Timeline& timeline);

// The caller begins to speak while the agent is heard.
struct Interrupting {
  Spoken caller;
  Heard agent;  // the stretch that was going on
  Duration stops_after() const { return agent.end - caller.begin; }
};
// In order.
std::vector<Interrupting> interruptings(const Timeline& timeline);

// Both are heard.
struct Overlap {
  VirtualTime begin;
  VirtualTime end;
  EventIndex event = 0;  // of the agent's sound
  Duration length() const { return end - begin; }
};
// In order.
std::vector<Overlap> overlaps(const Timeline& timeline);

}  // namespace ringback::sim
