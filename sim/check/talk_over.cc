// talk_over: agent and caller are never heard at once for longer than `max`.
#include <algorithm>

#include "sim/check/overlaps.h"
#include "sim/check/property.h"
#include "src/base/error.h"

namespace ringback::sim {

Finding check_talk_over(const Timeline& timeline, const TalkOver& limit) {
  std::vector<Overlap> found = overlaps(timeline);
  if (found.empty()) return {.text = "never at once", .rests_until = timeline.end};
  Finding finding{.rests_until = found.back().end};
  std::stable_sort(found.begin(), found.end(),
                   [](const Overlap& a, const Overlap& b) { return a.length() > b.length(); });
  for (const Overlap& overlap : found) {
    if (overlap.length() <= limit.max) break;
    finding.add({.at = overlap.begin,
                 .event = overlap.event,
                 .text = fmt::format("agent and caller are heard at once for {}", to_seconds_text(overlap.length()))});
  }
  finding.verdict = finding.evidence.empty() ? Verdict::held : Verdict::failed;
  finding.text = fmt::format("longest {}", to_seconds_text(found.front().length()));
  return finding;
}

}  // namespace ringback::sim
