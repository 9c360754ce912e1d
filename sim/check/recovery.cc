// recovery: from what went wrong to the first turn that goes well it takes at most `within`. What did not recover
// before the call was over is not dropped: its time so far is a lower bound.
#include <algorithm>

#include "sim/check/property.h"
#include "sim/check/recoveries.h"
#include "sim/check/requests.h"
#include "src/base/error.h"

namespace ringback::sim {

Finding check_recovery(const Timeline& timeline, const Recovery& limit) {
  std::vector<Trouble> found = troubles(timeline);
  if (found.empty()) return {.text = "nothing went wrong", .rests_until = VirtualTime()};
  Finding finding{.rests_until = found.back().settled.value_or(timeline.end)};
  std::stable_sort(found.begin(), found.end(), [](const Trouble& a, const Trouble& b) { return a.length > b.length; });
  bool is_open = false;
  for (const Trouble& trouble : found) {
    if (trouble.length <= limit.within) {
      is_open = is_open || !trouble.settled;
      continue;
    }
    finding.add({.at = trouble.from,
                 .event = trouble.event,
                 .text = fmt::format("{}: {}", one_line(trouble.what, 80),
                                     trouble.settled
                                         ? fmt::format("{} until a turn went well", to_seconds_text(trouble.length))
                                         : fmt::format("no turn went well in {}", to_seconds_text(trouble.length)))});
  }
  finding.verdict = !finding.evidence.empty() ? Verdict::failed : is_open ? Verdict::undecided : Verdict::held;
  finding.text = fmt::format("longest {}{}", found.front().settled ? "" : ">= ", to_seconds_text(found.front().length));
  return finding;
}

}  // namespace ringback::sim
