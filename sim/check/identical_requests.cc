// identical_requests: no tool is asked the same thing more than `max` times in all.
#include <algorithm>

#include "sim/check/property.h"
#include "sim/check/requests.h"
#include "src/base/error.h"

namespace ringback::sim {

Finding check_identical_requests(const Timeline& timeline, const IdenticalRequests& limit) {
  std::size_t most = 0;
  Finding finding{.rests_until = VirtualTime()};
  for (const EqualRequests& group : equal_requests(timeline)) {
    most = std::max(most, group.attempts.size());
    finding.rests_until = std::max(*finding.rests_until, group.attempts.back()->requested);
    if (group.attempts.size() <= limit.max) continue;
    const ToolExchange& excess = *group.attempts[static_cast<std::size_t>(limit.max)];
    finding.add({.at = excess.requested,
                 .event = excess.event,
                 .text = fmt::format("{} {}: asked {} times", tool_name(group.channel), one_line(group.arguments, 60),
                                     group.attempts.size())});
  }
  finding.verdict = finding.evidence.empty() ? Verdict::held : Verdict::failed;
  finding.text = most == 0 ? "no requests" : fmt::format("most {}", most);
  return finding;
}

}  // namespace ringback::sim
