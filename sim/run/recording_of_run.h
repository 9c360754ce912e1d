// A run trace as a recording: what the peers sent, before any fault, so that it can be replayed again.
#pragma once

#include <string_view>

#include "sim/faults/schedule.h"
#include "src/trace/trace.h"

namespace ringback::sim {

// Whether `trace` is the trace of a run, and not a capture.
bool is_run(const trace::Trace& trace);

// The peers' and the agent's events of a run: where a fault acted, what had been sent stands again in the place of what
// arrived; what the simulator, rules and stand-ins made up is left out, because a replay makes it up anew.
// Declarations, facts and metadata stay. What a fault kept a peer from sending at all, such as the rest of a stream
// that was cut, is not in a run trace.
trace::Trace recording_of_run(const trace::Trace& run);

// A run trace becomes its recording, and a schedule without faults and answers the one that the run was made with.
// Leaves captures alone. Throws Error, with `name` at the front, where the stored schedule is broken.
void restore_run(std::string_view name, trace::Trace& trace, Schedule& schedule);

}  // namespace ringback::sim
