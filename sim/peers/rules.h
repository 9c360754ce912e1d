// Which of the user's answer rules applies to a request.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "sim/faults/schedule.h"
#include "src/base/bytes.h"

namespace ringback::sim {

struct RuleRequest {
  std::string_view channel;
  std::uint64_t call = 0;      // number of the exchange on a tool's channel; 0 elsewhere
  std::uint64_t response = 0;  // number of the response of a model; 0 elsewhere
  BytesView arguments;         // JSON
  const std::set<std::string>& failing_tools;
};

// The place of the first rule that applies in schedule.answers, or nothing.
std::optional<std::size_t> find_rule(const Schedule& schedule, const RuleRequest& request);

}  // namespace ringback::sim
