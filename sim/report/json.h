// The result of a run for programs: what `replay --json` prints, one object on one line. Keys keep their order; more
// keys may come, these stay.
#pragma once

#include <string>

#include "sim/report/report.h"

namespace ringback::sim {

// Ends in a line end.
std::string render_json(const Report& report);

}  // namespace ringback::sim
