// All that a report shows of one run. The renderers are pure: equal reports give equal text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/check/each_reaction.h"
#include "sim/check/exit_code.h"
#include "sim/check/metrics.h"
#include "sim/check/property.h"
#include "sim/check/timeline.h"
#include "sim/run/result.h"

namespace ringback::sim {

// Whether the run was made twice and compared.
enum class Verification { not_checked, equal, differs };

// Refers to what it shows: the results outlive it.
struct Report {
  const RunResult& result;
  const Timeline& timeline;
  const std::vector<PropertyResult>& properties;
  const Metrics& metrics;
  std::string trace;    // as the user named it
  std::string agent;    // "builtin:voice?retries=5", or a command
  std::string command;  // what runs it again
  std::optional<std::int64_t>
      wall_ns;  // how long the run took; nothing where the report shall not depend on the machine
  Verification verification = Verification::not_checked;
  Strictness strictness = Strictness::usual;
  // Where the run was made once for each reaction of the model: these runs; `result` is one of them, and `properties`
  // say what holds for each. Fewer than all where the model never had to react. Null where one reaction was asked for.
  const std::vector<ReactionRun>* reactions = nullptr;
};

}  // namespace ringback::sim
