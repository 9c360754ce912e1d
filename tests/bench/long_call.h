// A telephone call of a given length, for benchmarks: turns of 19 s with a tool call in every one, spoken in tones
// instead of words.
#pragma once

#include "src/trace/trace.h"

namespace ringback::sim {

// `minutes` from 1 to 120, the longest call that a script can have; the call is at most two turns shorter.
trace::Trace long_call(int minutes);

}  // namespace ringback::sim
