// A telephone call of any length, for benchmarks: turns of about half a minute with a tool call in every one, spoken in
// tones instead of words.
#pragma once

#include "src/trace/trace.h"

namespace ringback::sim {

// `minutes` is at least 1; the call is as long as that to half a minute.
trace::Trace long_call(int minutes);

}  // namespace ringback::sim
