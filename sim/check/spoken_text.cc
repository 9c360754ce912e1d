// spoken_text: of what stands in the model's conversation as said, all but `tolerance` of each item was heard. The
// model keeps what it sent, up to where the agent told it that the item was truncated.
#include <algorithm>

#include "sim/check/property.h"
#include "sim/check/requests.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

Duration unheard(const SaidItem& item) {
  return item.is_open_at_the_end ? Duration() : std::max(item.committed() - item.played, Duration());
}

// The words that stand there and were not heard, as far as they are spread evenly over the sound.
std::string unheard_words(const SaidItem& item) {
  const std::int64_t received_ms = std::max<std::int64_t>(item.received.ms(), 1);
  const auto share = [&](Duration length) {
    const auto ms = static_cast<std::size_t>(std::min(length.ms(), received_ms));
    return std::min(item.transcript.size(), item.transcript.size() * ms / static_cast<std::size_t>(received_ms));
  };
  std::size_t begin = share(item.played);
  while (begin > 0 && item.transcript[begin - 1] != ' ') --begin;
  return one_line(item.transcript.substr(begin, std::max(share(item.committed()), begin) - begin), 60);
}

}  // namespace

Finding check_spoken_text(const Timeline& timeline, const SpokenText& limit) {
  std::vector<const SaidItem*> off;
  Duration worst;
  for (const SaidItem& item : timeline.said) {
    worst = std::max(worst, unheard(item));
    if (unheard(item) > limit.tolerance) off.push_back(&item);
  }
  Finding finding{.rests_until = timeline.said.empty() ? VirtualTime() : timeline.said.back().at};
  std::stable_sort(off.begin(), off.end(),
                   [](const SaidItem* a, const SaidItem* b) { return unheard(*a) > unheard(*b); });
  for (const SaidItem* item : off) {
    const std::string words = unheard_words(*item);
    finding.add({.at = item->at,
                 .event = item->event,
                 .text = fmt::format("{} of '{}' stand as said and were not heard{}", to_seconds_text(unheard(*item)),
                                     one_line(item->item, 40), words.empty() ? "" : fmt::format(": \"{}\"", words))});
  }
  finding.verdict = off.empty() ? Verdict::held : Verdict::failed;
  finding.text = timeline.said.empty() ? "the model sent no sound"
                 : off.empty()         ? fmt::format("all but {} was heard", to_seconds_text(worst))
                                       : fmt::format("{} of {} items", off.size(), timeline.said.size());
  return finding;
}

}  // namespace ringback::sim
