// What a run came by, as small numbers: the feedback of a search. Two runs with the same features did much the same.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/check/metrics.h"
#include "src/trace/trace.h"

namespace ringback::sim {

// Ascending, each once: pairs of events that followed each other (kind of channel, direction, kind, and the type of a
// model's frame), each fault's action with its channel, and each figure's octave.
std::vector<std::uint32_t> features_of(const trace::Trace& run, const Metrics& metrics);

}  // namespace ringback::sim
