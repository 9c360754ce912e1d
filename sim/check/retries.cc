// retries: no request is tried again after a failure more than `max` times in a row.
#include "sim/check/property.h"
#include "sim/check/requests.h"
#include "src/base/error.h"

namespace ringback::sim {

Finding check_retries(const Timeline& timeline, const Retries& limit) {
  const EqualRequests* worst = nullptr;
  const std::vector<EqualRequests> groups = equal_requests(timeline);
  bool is_called = false;
  Finding finding;
  for (const EqualRequests& group : groups) {
    if (!selects_tool(limit.tool, group.channel)) continue;
    is_called = true;
    if (worst == nullptr || group.retries > worst->retries) worst = &group;
    if (group.retries <= limit.max || finding.evidence.size() == kEvidenceMax) continue;
    finding.evidence.push_back({.at = group.last_retry->requested,
                                .event = group.last_retry->event,
                                .text = fmt::format("{} {}: {} retries", tool_name(group.channel),
                                                    one_line(group.arguments, 60), group.retries)});
  }
  if (!is_called && limit.tool != "*")
    return {.verdict = Verdict::undecided, .text = fmt::format("no tool {} was called", limit.tool)};
  finding.verdict = finding.evidence.empty() ? Verdict::held : Verdict::failed;
  const std::uint64_t most = worst == nullptr ? 0 : worst->retries;
  finding.text = most == 0 ? "none" : fmt::format("{} of {}", most, tool_name(worst->channel));
  return finding;
}

}  // namespace ringback::sim
