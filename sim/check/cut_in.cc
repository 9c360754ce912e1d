// cut_in: where the agent begins to speak while the caller still does, that is at most `max` before the caller has
// finished. Within kTogether of the caller's first sound both began at once, and nobody could have known.
#include <algorithm>

#include "sim/check/overlaps.h"
#include "sim/check/property.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

constexpr Duration kTogether = milliseconds(200);

}  // namespace

Finding check_cut_in(const Timeline& timeline, const CutIn& limit) {
  Finding finding{.rests_until = VirtualTime()};
  const std::vector<Heard> stretches = agent_stretches(timeline);
  Duration earliest;
  std::size_t next = 0;
  for (const Spoken& spoken : timeline.caller) {
    while (next < stretches.size() && stretches[next].begin <= spoken.begin + kTogether) ++next;
    if (next == stretches.size()) break;
    finding.rests_until = std::max(*finding.rests_until, stretches[next].begin);
    if (stretches[next].begin >= spoken.end) continue;
    const Duration early = spoken.end - stretches[next].begin;
    earliest = std::max(earliest, early);
    if (early <= limit.max) continue;
    finding.add({.at = stretches[next].begin,
                 .event = stretches[next].event,
                 .text = fmt::format("the agent begins {} before the caller has finished", to_seconds_text(early))});
  }
  finding.verdict = finding.evidence.empty() ? Verdict::held : Verdict::failed;
  finding.text = earliest == Duration() ? "never" : fmt::format("at most {} early", to_seconds_text(earliest));
  return finding;
}

}  // namespace ringback::sim
