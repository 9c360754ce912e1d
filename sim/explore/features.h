// What a run came by, as small numbers: the feedback of a search. Two runs with the same features did much the same.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/check/timeline.h"
#include "src/trace/trace.h"

namespace ringback::sim {

// Ascending, each once: pairs of events that followed each other (kind of channel, direction, kind, and the type of a
// model's frame), changes of what is under way (conversation_states.h), each fault's action with its channel and with
// what was under way when it acted, and each figure's octave. `timeline` is the run's.
std::vector<std::uint32_t> features_of(const trace::Trace& run, const Timeline& timeline);

}  // namespace ringback::sim
