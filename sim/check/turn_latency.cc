// turn_latency: what the time from the end of a caller's turn to the first sound is made of. Each stage is counted from
// the end of the turn, so that one that is missing does not hide the others.
#include <algorithm>

#include "sim/check/latencies.h"
#include "sim/check/property.h"
#include "src/base/error.h"

namespace ringback::sim {

Finding check_turn_latency(const Timeline& timeline, const TurnLatency& limit) {
  const std::optional<Duration> limits[] = {limit.end_of_turn, limit.transcript, limit.first_token, limit.first_byte,
                                            limit.play_out};
  static_assert(std::size(limits) == kStages);
  Finding finding;
  bool failed = false;
  for (std::size_t i = 0; i < kStages; ++i) {
    if (!limits[i]) continue;
    const Stage stage = static_cast<Stage>(i);
    std::vector<Latency> latencies = stage_latencies(timeline, stage);
    if (latencies.empty()) return {.verdict = Verdict::undecided, .text = "no turn of the caller to answer"};
    const bool came_ever = std::any_of(latencies.begin(), latencies.end(), [](const Latency& l) { return l.came; });
    const bool is_optional = stage == Stage::end_of_turn || stage == Stage::transcript;
    if (!came_ever && is_optional)
      return {.verdict = Verdict::not_measurable, .text = fmt::format("the model never tells: {}", name_of(stage))};
    const auto is_late = [&](const Latency& latency) { return latency.length > *limits[i]; };
    const bool is_missing = std::any_of(latencies.begin(), latencies.end(),
                                        [&](const Latency& latency) { return !latency.came && is_late(latency); });
    const Duration worst_of_95 = *p95(latencies);
    finding.text +=
        fmt::format("{}{} {}", finding.text.empty() ? "p95: " : ", ", name_of(stage), to_seconds_text(worst_of_95));
    for (const Latency& latency : latencies)
      finding.rests_until = std::max(finding.rests_until.value_or(latency.from), latency.from + latency.length);
    if (!is_missing && worst_of_95 <= *limits[i]) continue;
    failed = true;
    std::stable_sort(latencies.begin(), latencies.end(),
                     [](const Latency& a, const Latency& b) { return a.length > b.length; });
    for (const Latency& latency : latencies) {
      if (!is_late(latency)) break;
      finding.add({.at = latency.from,
                   .text = latency.came ? fmt::format("{} after {}", name_of(stage), to_seconds_text(latency.length))
                                        : fmt::format("no {} in {}", name_of(stage), to_seconds_text(latency.length))});
    }
  }
  finding.verdict = failed ? Verdict::failed : Verdict::held;
  return finding;
}

}  // namespace ringback::sim
