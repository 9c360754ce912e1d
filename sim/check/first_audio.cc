// first_audio and ftl: the 95th percentile of a latency after the caller's turns is at most `p95`, and none that was
// owed for longer than that never came.
#include <algorithm>

#include "sim/check/latencies.h"
#include "sim/check/property.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

Finding check_latencies(std::vector<Latency> latencies, Duration limit, std::string_view what) {
  if (latencies.empty()) return {.verdict = Verdict::undecided, .text = "no turn of the caller to answer"};
  const Duration worst_of_95 = *p95(latencies);
  const auto never =
      std::count_if(latencies.begin(), latencies.end(), [&](const Latency& l) { return !l.came && l.length > limit; });
  const bool failed = never > 0 || worst_of_95 > limit;
  Finding finding{.verdict = failed ? Verdict::failed : Verdict::held,
                  .text = fmt::format("p95 {} over {} turn{}", to_seconds_text(worst_of_95), latencies.size(),
                                      latencies.size() == 1 ? "" : "s")};
  for (const Latency& latency : latencies)
    finding.rests_until = std::max(finding.rests_until.value_or(latency.from), latency.from + latency.length);
  if (never > 0) finding.text += fmt::format(", {} never answered", never);
  std::stable_sort(latencies.begin(), latencies.end(),
                   [](const Latency& a, const Latency& b) { return a.length > b.length; });
  for (const Latency& latency : latencies) {
    if (!finding.evidence.empty() && (latency.length <= limit || finding.evidence.size() == kEvidenceMax)) break;
    const std::string length = to_seconds_text(latency.length);
    finding.evidence.push_back(
        {.at = latency.from,
         .text = latency.came ? fmt::format("{} after {}", what, length) : fmt::format("no {} in {}", what, length)});
  }
  return finding;
}

}  // namespace

Finding check_first_audio(const Timeline& timeline, const FirstAudio& limit) {
  return check_latencies(stage_latencies(timeline, Stage::play_out), limit.p95, "first sound");
}

Finding check_ftl(const Timeline& timeline, const FirstToken& limit) {
  return check_latencies(stage_latencies(timeline, Stage::first_token), limit.p95, "first token");
}

}  // namespace ringback::sim
