// missed_barge_in: the agent talks on through all that the caller says over it at most `max` times. Less than
// kInterruptionLeast of the caller's is a word of agreement, which may be talked through.
#include "sim/check/overlaps.h"
#include "sim/check/property.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

constexpr Duration kInterruptionLeast = seconds(1);

}  // namespace

Finding check_missed_barge_in(const Timeline& timeline, const MissedBargeIn& limit) {
  Finding finding{.rests_until = VirtualTime()};
  std::uint64_t missed = 0;
  std::uint64_t counted = 0;
  for (const Interrupting& moment : interruptings(timeline)) {
    const Duration spoke = moment.caller.end - moment.caller.begin;
    if (spoke < kInterruptionLeast) continue;
    ++counted;
    finding.rests_until = moment.caller.end;
    if (moment.agent.end < moment.caller.end) continue;
    ++missed;
    finding.add(
        {.at = moment.caller.begin,
         .event = moment.caller.event,
         .text = fmt::format("the caller speaks over the agent for {} and is talked through", to_seconds_text(spoke))});
  }
  finding.verdict = missed > limit.max ? Verdict::failed : Verdict::held;
  finding.text = counted == 0 ? "nobody spoke over the agent" : fmt::format("{} of {}", missed, counted);
  return finding;
}

}  // namespace ringback::sim
