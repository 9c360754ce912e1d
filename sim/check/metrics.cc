#include "sim/check/metrics.h"

#include <algorithm>

#include "sim/check/overlaps.h"
#include "sim/check/recoveries.h"
#include "sim/check/requests.h"

namespace ringback::sim {
namespace {

void measure_waits(const Timeline& timeline, Metrics& metrics) {
  Duration longest;
  for (const Wait& wait : timeline.waits) longest = std::max(longest, wait.length());
  metrics.dead_air_max = longest;
}

void measure_stage(const Timeline& timeline, Stage stage, Metrics& metrics) {
  const std::vector<Latency> latencies = stage_latencies(timeline, stage);
  const bool came_ever = std::any_of(latencies.begin(), latencies.end(), [](const Latency& l) { return l.came; });
  if (came_ever) metrics.stage_p95[static_cast<std::size_t>(stage)] = p95(latencies);
  if (stage == Stage::first_token) metrics.ftl_p95 = p95(latencies);
  if (stage == Stage::play_out) metrics.first_audio_p95 = p95(latencies);
}

void measure_speech(const Timeline& timeline, Metrics& metrics) {
  Duration both;
  for (const Overlap& overlap : overlaps(timeline)) both = std::max(both, overlap.length());
  metrics.talk_over_max = both;
  for (const Interrupting& moment : interruptings(timeline))
    metrics.barge_in_max = std::max(metrics.barge_in_max.value_or(Duration()), moment.stops_after());
  for (const TruncatedItem& item : timeline.truncations) {
    if (!item.knows_item) continue;
    const Duration off = std::max(item.told - item.played, item.played - item.told);
    metrics.truncation_error_max = std::max(metrics.truncation_error_max.value_or(Duration()), off);
  }
  metrics.underruns = timeline.underruns.size();
}

void measure_requests(const Timeline& timeline, Metrics& metrics) {
  const RetryJudge judge(timeline);
  for (const EqualRequests& group : equal_requests(timeline)) {
    metrics.retries_max = std::max(metrics.retries_max, group.retries);
    metrics.identical_requests_max = std::max<std::uint64_t>(metrics.identical_requests_max, group.attempts.size());
    for (std::size_t i = 1; i < group.attempts.size(); ++i) {
      if (!follows_failure(*group.attempts[i - 1], *group.attempts[i])) continue;
      const Retrier who = judge.who(*group.attempts[i - 1], *group.attempts[i]);
      ++(who == Retrier::model ? metrics.retries_by_model
         : who == Retrier::sdk ? metrics.retries_by_sdk
                               : metrics.retries_by_agent);
    }
  }
}

void measure_recovery(const Timeline& timeline, Metrics& metrics) {
  for (const Trouble& trouble : troubles(timeline)) {
    if (metrics.recovery_max && trouble.length < *metrics.recovery_max) continue;
    metrics.recovery_max = trouble.length;
    metrics.recovery_is_censored = !trouble.settled;
  }
}

}  // namespace

Metrics measure(const Timeline& timeline) {
  Metrics metrics;
  const bool has_sound = timeline.times_are_real && timeline.audio_is_whole;
  if (has_sound) {
    measure_waits(timeline, metrics);
    measure_stage(timeline, Stage::play_out, metrics);
    measure_speech(timeline, metrics);
    measure_recovery(timeline, metrics);
  }
  if (timeline.times_are_real) {
    for (const Stage stage : {Stage::end_of_turn, Stage::transcript, Stage::first_token, Stage::first_byte})
      measure_stage(timeline, stage, metrics);
  }
  measure_requests(timeline, metrics);
  if (timeline.cost.reports_tokens) {
    metrics.input_tokens = timeline.cost.input_tokens;
    metrics.output_tokens = timeline.cost.output_tokens;
  }
  metrics.audio_in = timeline.cost.audio_in;
  metrics.audio_out = timeline.cost.audio_out;
  return metrics;
}

}  // namespace ringback::sim
