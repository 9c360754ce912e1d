// Several traces of one recording as one: their events by time, each part's channels under names of their own.
//
//   trace::Trace whole = merge_parts({http, session}, start_ns);
#pragma once

#include <cstdint>
#include <vector>

#include "src/trace/trace.h"

namespace ringback::formats {

// A channel whose name is taken gets a number: "model#2". Events of one time stand in the order of the parts. The facts
// are those of the first part, but `audio` and `tools` of the first that has sound, or whose tools are derived.
// `wall_start_ns` is the wall clock at virtual time 0 of them all. `parts` has at least one. Throws Error beyond
// trace::kChannelsMax.
trace::Trace merge_parts(std::vector<trace::Trace> parts, std::int64_t wall_start_ns);

}  // namespace ringback::formats
