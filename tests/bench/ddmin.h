// The classical way to find which few of many things a failure needs: ddmin of Zeller and Hildebrandt, "Simplifying and
// isolating failure-inducing input" (2002), section 3.2. It stands beside sim/explore/minimize.h in the benchmark.
#pragma once

#include "sim/explore/minimize.h"

namespace ringback::bench {

// The whole is known to fail. Equal candidates are asked about once, and the empty one never: ddmin has no need of it.
sim::Minimized ddmin(std::size_t count, const sim::FailsWith& fails);

}  // namespace ringback::bench
