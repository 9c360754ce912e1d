// A telephone call of a given length, for benchmarks: turns of 19 s with a tool call in every one, spoken in tones
// instead of words.
#pragma once

#include <memory>

#include "src/trace/trace.h"

namespace ringback::sim {

inline constexpr int kLongCallMinutesMax = 600;

// `minutes` from 1; the call is at most two turns shorter. A long one lies in `scratch`, see trace::EventLog.
trace::Trace long_call(int minutes, std::shared_ptr<Scratch> scratch = nullptr);

}  // namespace ringback::sim
