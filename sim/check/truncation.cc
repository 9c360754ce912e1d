// truncation: where the agent tells the model how much of an item was heard, that is off by at most `tolerance` from
// what play-out says, and the item is one that the model sent in this session.
#include <algorithm>

#include "sim/check/property.h"
#include "sim/check/requests.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

Duration error_of(const TruncatedItem& item) { return std::max(item.told - item.played, item.played - item.told); }

std::string describe(const TruncatedItem& item) {
  if (!item.knows_item)
    return fmt::format("'{}' is truncated, of which the model sent no sound in this session", one_line(item.item, 40));
  std::string text = fmt::format("the model is told that {} was heard of '{}', and it was {}",
                                 to_seconds_text(item.told), one_line(item.item, 40), to_seconds_text(item.played));
  if (item.told > item.received) text += fmt::format("; it has only {}", to_seconds_text(item.received));
  return text;
}

}  // namespace

Finding check_truncation(const Timeline& timeline, const Truncation& limit) {
  Finding finding{.rests_until = VirtualTime()};
  Duration worst;
  for (const TruncatedItem& item : timeline.truncations) {
    finding.rests_until = item.at;
    if (item.knows_item) worst = std::max(worst, error_of(item));
    if (item.knows_item && error_of(item) <= limit.tolerance) continue;
    finding.add({.at = item.at, .event = item.event, .text = describe(item)});
  }
  finding.verdict = finding.evidence.empty() ? Verdict::held : Verdict::failed;
  finding.text = timeline.truncations.empty()
                     ? "the agent never said how much was heard"
                     : fmt::format("off by {} at most, {} time{}", to_seconds_text(worst), timeline.truncations.size(),
                                   timeline.truncations.size() == 1 ? "" : "s");
  return finding;
}

}  // namespace ringback::sim
