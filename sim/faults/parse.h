// Reads an overlay file: YAML to Schedule. Limits: yaml_tree.h, kFaultsMax, kScheduleTimeMax.
#pragma once

#include <string_view>

#include "sim/faults/schedule.h"
#include "src/base/bytes.h"

namespace ringback::sim {

// Throws Error, one line: `file:line:column: expected ..., found ... (did you mean '...'?)`. Words that the contract
// has are read whether or not this version can act on them: first_unsupported (check_schedule.h) says that.
Schedule parse_schedule(std::string_view file_name, BytesView yaml);

}  // namespace ringback::sim
