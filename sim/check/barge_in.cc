// barge_in: an agent that is spoken over falls silent `stops_within`. A caller who is silent again before that decided
// nothing.
#include <algorithm>

#include "sim/check/overlaps.h"
#include "sim/check/property.h"
#include "src/base/error.h"

namespace ringback::sim {

Finding check_barge_in(const Timeline& timeline, const BargeIn& limit) {
  Finding finding{.rests_until = VirtualTime()};
  std::size_t counted = 0;
  Duration longest;
  std::vector<Interrupting> late;
  for (const Interrupting& moment : interruptings(timeline)) {
    if (moment.caller.end - moment.caller.begin < limit.stops_within) continue;
    ++counted;
    finding.rests_until = moment.agent.end;
    longest = std::max(longest, moment.stops_after());
    if (moment.stops_after() > limit.stops_within) late.push_back(moment);
  }
  if (counted == 0) return {.verdict = Verdict::undecided, .text = "nobody spoke over the agent"};
  std::stable_sort(late.begin(), late.end(),
                   [](const Interrupting& a, const Interrupting& b) { return a.stops_after() > b.stops_after(); });
  for (const Interrupting& moment : late) {
    finding.add({.at = moment.caller.begin,
                 .event = moment.caller.event,
                 .text = fmt::format("the agent is heard for {} after the caller began to speak over it",
                                     to_seconds_text(moment.stops_after()))});
  }
  finding.verdict = late.empty() ? Verdict::held : Verdict::failed;
  finding.text =
      fmt::format("stopped after {} at most, {} time{}", to_seconds_text(longest), counted, counted == 1 ? "" : "s");
  return finding;
}

}  // namespace ringback::sim
