#include "sim/check/metrics.h"

#include <algorithm>

#include "sim/check/latencies.h"
#include "sim/check/requests.h"

namespace ringback::sim {
namespace {

Duration longest_wait(const Timeline& timeline) {
  Duration longest;
  for (const Wait& wait : timeline.waits) longest = std::max(longest, wait.length());
  return longest;
}

// The first time at or after `from` that sound or text was sent.
VirtualTime said_after(const Timeline& timeline, VirtualTime from) {
  const auto sent = std::lower_bound(timeline.agent_sent.begin(), timeline.agent_sent.end(), from);
  return sent == timeline.agent_sent.end() ? timeline.end : *sent;
}

// Time to recover from the rows of failures within one group of equal requests; nothing where none failed.
std::optional<Duration> recovery_of(const Timeline& timeline, const EqualRequests& group) {
  std::optional<Duration> longest;
  std::optional<VirtualTime> failed_at;
  for (std::size_t i = 0; i < group.attempts.size(); ++i) {
    const ToolExchange& attempt = *group.attempts[i];
    if (attempt.is_bad() && !failed_at) failed_at = attempt.ended;
    const bool is_last = i + 1 == group.attempts.size();
    if (!failed_at || (!attempt.is_ok() && !is_last)) continue;
    const VirtualTime recovered =
        attempt.is_ok() ? *attempt.ended : said_after(timeline, attempt.ended.value_or(timeline.end));
    longest = std::max(longest.value_or(Duration()), recovered - *failed_at);
    failed_at.reset();
  }
  return longest;
}

std::optional<Duration> recovery_of(const Timeline& timeline, const Disconnection& lost) {
  if (lost.by_agent || lost.at >= timeline.end) return std::nullopt;
  VirtualTime recovered = timeline.end;
  for (const ModelResponse& response : timeline.responses) {
    if (response.created && *response.created >= lost.at && response.event > lost.event)
      recovered = std::min(recovered, *response.created);
  }
  return recovered - lost.at;
}

}  // namespace

Metrics measure(const Timeline& timeline) {
  Metrics metrics;
  const bool has_sound = timeline.times_are_real && timeline.audio_is_whole;
  if (has_sound) metrics.dead_air_max = longest_wait(timeline);
  if (has_sound) metrics.first_audio_p95 = p95(first_audio_latencies(timeline));
  if (timeline.times_are_real) metrics.ftl_p95 = p95(first_token_latencies(timeline));
  std::optional<Duration> recovery;
  for (const EqualRequests& group : equal_requests(timeline)) {
    metrics.retries_max = std::max(metrics.retries_max, group.retries);
    metrics.identical_requests_max = std::max<std::uint64_t>(metrics.identical_requests_max, group.attempts.size());
    recovery = std::max(recovery, recovery_of(timeline, group));
  }
  for (const Disconnection& lost : timeline.disconnections) recovery = std::max(recovery, recovery_of(timeline, lost));
  if (timeline.times_are_real) metrics.recovery_max = recovery;
  return metrics;
}

}  // namespace ringback::sim
