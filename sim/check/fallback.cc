// fallback: after a tool failed and nothing followed it up, something that was sent after the failure is heard
// `within`. An attempt that the agent waits for without end has failed too: nothing is ever said about it.
#include <algorithm>

#include "sim/check/property.h"
#include "sim/check/requests.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

// When something that was sent at or after `from` was first heard.
std::optional<VirtualTime> spoken_after(const Timeline& timeline, VirtualTime from) {
  const auto sent = std::lower_bound(timeline.agent_sent.begin(), timeline.agent_sent.end(), from);
  if (sent == timeline.agent_sent.end()) return std::nullopt;
  for (const Spoken& spoken : timeline.agent) {
    const bool is_text = spoken.begin == spoken.end;
    if (is_text ? spoken.begin >= *sent : spoken.end > *sent) return std::max(spoken.begin, *sent);
  }
  return std::nullopt;
}

}  // namespace

Finding check_fallback(const Timeline& timeline, const Fallback& limit) {
  Finding finding{.rests_until = VirtualTime()};
  for (const ToolExchange& exchange : timeline.tools)
    finding.rests_until = std::max(*finding.rests_until, exchange.ended.value_or(timeline.end));
  Duration longest;
  std::size_t failures = 0;
  bool is_cut_off = false;
  for (const ToolExchange* failure : unrecovered_failures(timeline)) {
    if (!failure->ended && timeline.end - failure->requested <= limit.within) continue;  // it may still be answered
    ++failures;
    const VirtualTime since = failure->ended.value_or(failure->requested);
    const std::optional<VirtualTime> spoken = failure->ended ? spoken_after(timeline, since) : std::nullopt;
    if (spoken && *spoken - since <= limit.within) {
      longest = std::max(longest, *spoken - since);
      finding.rests_until = std::max(*finding.rests_until, *spoken);
      continue;
    }
    const bool by_plan = timeline.hang_up && timeline.hang_up->by == "caller" && timeline.hang_up->reason.empty();
    if (!spoken && by_plan && timeline.end - since <= limit.within) {
      is_cut_off = true;
      continue;
    }
    const std::string silence = spoken ? fmt::format("nothing said for {}", to_seconds_text(*spoken - since))
                                       : fmt::format("nothing said in {}", to_seconds_text(timeline.end - since));
    finding.add({.at = since,
                 .event = failure->ended ? failure->end_event : failure->event,
                 .text = fmt::format("{}: {}, {}", tool_name(failure->channel), describe_outcome(*failure), silence)});
  }
  finding.verdict = !finding.evidence.empty() ? Verdict::failed : is_cut_off ? Verdict::undecided : Verdict::held;
  finding.text = failures == 0               ? "no tool failed for good"
                 : !finding.evidence.empty() ? "a tool failed and nothing was said"
                 : is_cut_off                ? "the call ended right after the failure"
                                             : fmt::format("spoken {} after the failure", to_seconds_text(longest));
  return finding;
}

}  // namespace ringback::sim
