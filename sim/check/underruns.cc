// underruns: the sound of an answer runs dry before its next piece comes at most `max` times.
#include <algorithm>

#include "sim/check/property.h"
#include "src/base/error.h"

namespace ringback::sim {

Finding check_underruns(const Timeline& timeline, const Underruns& limit) {
  std::vector<Underrun> found = timeline.underruns;
  Finding finding{.verdict = found.size() > limit.max ? Verdict::failed : Verdict::held,
                  .text = found.empty() ? "none" : fmt::format("{}", found.size()),
                  .rests_until = timeline.agent_heard.empty() ? VirtualTime() : timeline.agent_heard.back().end};
  std::stable_sort(found.begin(), found.end(), [](const Underrun& a, const Underrun& b) { return a.gap > b.gap; });
  for (const Underrun& underrun : found) {
    finding.add({.at = underrun.at,
                 .event = underrun.event,
                 .text = fmt::format("the sound runs dry for {} inside an answer", to_seconds_text(underrun.gap))});
  }
  if (!found.empty()) finding.text += fmt::format(", longest {}", to_seconds_text(found.front().gap));
  return finding;
}

}  // namespace ringback::sim
