// false_barge_in: the agent breaks off what it is saying at most `max` times although the caller neither spoke nor
// pressed a key, then or in the kLateMax before.
#include <algorithm>

#include "sim/check/property.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

// How long after the caller's last sound an agent may still react to it.
constexpr Duration kLateMax = seconds(1);

bool was_reason(const Timeline& timeline, VirtualTime at) {
  const auto key = std::upper_bound(timeline.key_presses.begin(), timeline.key_presses.end(), at);
  if (key != timeline.key_presses.begin() && at - *(key - 1) <= kLateMax) return true;
  const auto spoken = std::upper_bound(timeline.caller.begin(), timeline.caller.end(), at,
                                       [](VirtualTime time, const Spoken& s) { return time < s.begin; });
  return spoken != timeline.caller.begin() && (spoken - 1)->end + kLateMax >= at;
}

}  // namespace

Finding check_false_barge_in(const Timeline& timeline, const FalseBargeIn& limit) {
  Finding finding{.rests_until = VirtualTime()};
  std::uint64_t broken_off = 0;
  for (const Interruption& interruption : timeline.interruptions) {
    finding.rests_until = interruption.at;
    if (was_reason(timeline, interruption.at)) continue;
    ++broken_off;
    finding.add({.at = interruption.at,
                 .event = interruption.event,
                 .text = fmt::format("drops {} of what it was saying, although the caller is silent",
                                     to_seconds_text(interruption.dropped))});
  }
  finding.verdict = broken_off > limit.max ? Verdict::failed : Verdict::held;
  finding.text = timeline.interruptions.empty() ? "the agent never broke off"
                                                : fmt::format("{} of {}", broken_off, timeline.interruptions.size());
  return finding;
}

}  // namespace ringback::sim
