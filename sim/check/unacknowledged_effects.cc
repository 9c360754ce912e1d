// unacknowledged_effects: whatever reached the tool was answered to the agent, or the agent asked this tool again later
// and was answered. A reply that was lost, given up on, unreadable or never came leaves the agent without knowing what
// was done.
#include <map>

#include "sim/check/property.h"
#include "sim/check/requests.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

bool is_in_doubt(const ToolExchange& exchange, const Timeline& timeline) {
  using Outcome = ToolExchange::Outcome;
  if (!exchange.arrived) return false;
  if (exchange.outcome == Outcome::pending) return timeline.end - exchange.requested > Floor::kPauseMax;
  return exchange.outcome == Outcome::malformed || exchange.outcome == Outcome::failed ||
         exchange.outcome == Outcome::abandoned;
}

}  // namespace

Finding check_unacknowledged_effects(const Timeline& timeline, const UnacknowledgedEffects& limit) {
  std::map<std::string, EventIndex> last_good;  // by channel: the last request that was answered well
  for (const ToolExchange& exchange : timeline.tools) {
    if (exchange.is_ok()) last_good[exchange.channel] = exchange.event;
  }
  Finding finding{.rests_until = VirtualTime()};
  std::size_t requests = 0;
  std::size_t in_doubt = 0;
  for (const ToolExchange& exchange : timeline.tools) {
    if (!selects_tool(limit.tool, exchange.channel)) continue;
    ++requests;
    finding.rests_until = exchange.ended.value_or(timeline.end);
    const auto good = last_good.find(exchange.channel);
    const bool was_cleared_up = good != last_good.end() && good->second > exchange.event;
    if (!is_in_doubt(exchange, timeline) || was_cleared_up) continue;
    ++in_doubt;
    finding.add({.at = exchange.requested,
                 .event = exchange.event,
                 .text = fmt::format("{} {}: it arrived, and the agent never learnt what became of it ({})",
                                     tool_name(exchange.channel), one_line(exchange.arguments, 60),
                                     describe_outcome(exchange))});
  }
  if (requests == 0 && limit.tool != "*")
    return {.verdict = Verdict::undecided, .text = fmt::format("no tool {} was called", limit.tool)};
  finding.verdict = in_doubt == 0 ? Verdict::held : Verdict::failed;
  finding.text = requests == 0 ? "no requests" : fmt::format("{} of {}", in_doubt, requests);
  return finding;
}

}  // namespace ringback::sim
