// Why a fault never fired: how near the run came to what it names.
//
//   near_miss(fault, run);   // "the longest response there was number 2, with 31 tokens"
#pragma once

#include <string>

#include "sim/faults/schedule.h"
#include "src/trace/trace.h"

namespace ringback::sim {

// For people; empty where counts do not explain it. One pass over the run's events.
std::string near_miss(const Fault& fault, const trace::Trace& run);

}  // namespace ringback::sim
