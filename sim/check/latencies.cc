#include "sim/check/latencies.h"

#include <algorithm>

namespace ringback::sim {
namespace {

// Until when an answer to turn `n` would have counted.
VirtualTime answer_end(const Timeline& timeline, std::size_t n) {
  return n + 1 < timeline.turns.size() ? timeline.turns[n + 1].begin : timeline.end;
}

bool is_farewell(const Timeline& timeline, std::size_t n) {
  return n + 1 == timeline.turns.size() && !timeline.turns[n].heard && timeline.hang_up &&
         timeline.hang_up->by == "caller" && timeline.hang_up->reason.empty();
}

std::optional<VirtualTime> first_output(const Timeline& timeline, const Turn& turn, VirtualTime until) {
  std::optional<VirtualTime> first;
  for (const ModelResponse& response : timeline.responses) {
    if (!response.in_conversation || response.begin() < turn.begin) continue;
    const std::optional<VirtualTime> at = response.first_token ? response.first_token : response.first_audio;
    if (!at || *at < turn.end || *at > until) continue;
    if (!first || *at < *first) first = at;
  }
  return first;
}

void add(std::vector<Latency>& latencies, const Timeline& timeline, std::size_t n, std::optional<VirtualTime> came) {
  const Turn& turn = timeline.turns[n];
  if (!came && is_farewell(timeline, n)) return;
  const VirtualTime until = came.value_or(answer_end(timeline, n));
  latencies.push_back({.from = turn.end, .length = until - turn.end, .came = came.has_value()});
}

}  // namespace

std::vector<Latency> first_audio_latencies(const Timeline& timeline) {
  std::vector<Latency> latencies;
  for (std::size_t n = 0; n < timeline.turns.size(); ++n) add(latencies, timeline, n, timeline.turns[n].heard);
  return latencies;
}

std::vector<Latency> first_token_latencies(const Timeline& timeline) {
  std::vector<Latency> latencies;
  for (std::size_t n = 0; n < timeline.turns.size(); ++n)
    add(latencies, timeline, n, first_output(timeline, timeline.turns[n], answer_end(timeline, n)));
  return latencies;
}

std::optional<Duration> p95(const std::vector<Latency>& latencies) {
  if (latencies.empty()) return std::nullopt;
  std::vector<Duration> lengths;
  for (const Latency& latency : latencies) lengths.push_back(latency.length);
  std::sort(lengths.begin(), lengths.end());
  const std::size_t rank = (lengths.size() * 95 + 99) / 100;
  return lengths[rank - 1];
}

}  // namespace ringback::sim
