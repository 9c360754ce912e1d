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

std::optional<VirtualTime> first_in(const std::vector<VirtualTime>& times, VirtualTime from, VirtualTime until) {
  const auto found = std::lower_bound(times.begin(), times.end(), from);
  return found != times.end() && *found <= until ? std::optional(*found) : std::nullopt;
}

// The first output of a response that began in the turn or after it. Responses are in order of their begin.
std::optional<VirtualTime> first_output(const Timeline& timeline, const Turn& turn, VirtualTime until, Stage stage) {
  std::optional<VirtualTime> first;
  auto response = std::partition_point(timeline.responses.begin(), timeline.responses.end(),
                                       [&](const ModelResponse& r) { return r.begin() < turn.begin; });
  for (; response != timeline.responses.end() && response->begin() <= until; ++response) {
    if (!response->in_conversation) continue;
    const bool is_sound = stage == Stage::first_byte || !response->first_token;
    const std::optional<VirtualTime> at = is_sound ? response->first_audio : response->first_token;
    if (!at || *at < turn.end || *at > until) continue;
    if (!first || *at < *first) first = at;
  }
  return first;
}

std::optional<VirtualTime> stage_of(const Timeline& timeline, std::size_t n, Stage stage) {
  const Turn& turn = timeline.turns[n];
  const VirtualTime until = answer_end(timeline, n);
  switch (stage) {
    case Stage::end_of_turn:
      return first_in(timeline.turn_ends, turn.end, until);
    case Stage::transcript:
      return first_in(timeline.transcripts, turn.end, until);
    case Stage::first_token:
    case Stage::first_byte:
      return first_output(timeline, turn, until, stage);
    case Stage::play_out:
      return turn.heard;
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Stage stage) {
  constexpr std::string_view kNames[] = {"end of turn", "transcript", "first token", "first byte", "play-out"};
  static_assert(std::size(kNames) == kStages);
  return kNames[static_cast<std::size_t>(stage)];
}

std::vector<Latency> stage_latencies(const Timeline& timeline, Stage stage) {
  std::vector<Latency> latencies;
  for (std::size_t n = 0; n < timeline.turns.size(); ++n) {
    const Turn& turn = timeline.turns[n];
    const std::optional<VirtualTime> came = stage_of(timeline, n, stage);
    if (!came && is_farewell(timeline, n)) continue;
    const VirtualTime until = came.value_or(answer_end(timeline, n));
    latencies.push_back({.from = turn.end, .length = until - turn.end, .came = came.has_value()});
  }
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
