#include "sim/explore/features.h"

#include <algorithm>
#include <string>

#include "sim/check/metrics.h"
#include "sim/explore/conversation_states.h"
#include "src/base/hash.h"

namespace ringback::sim {
namespace {

using trace::Event;
using trace::EventKind;

// The value of the first "type" in a frame: it stands at the front of every frame that is not damaged. Reading all of
// the JSON would cost more than the run.
std::string_view type_of(BytesView text) {
  constexpr std::string_view kKey = "\"type\"";
  const std::size_t key = text.find(kKey);
  if (key == BytesView::npos) return {};
  const std::size_t open = text.find('"', key + kKey.size());
  if (open == BytesView::npos) return {};
  const std::size_t close = text.find('"', open + 1);
  return close == BytesView::npos ? std::string_view() : text.substr(open + 1, close - open - 1);
}

std::uint64_t state_of(const trace::Channel& channel, const Event& event) {
  std::uint64_t state = static_cast<std::uint64_t>(channel.kind) << 32 | static_cast<std::uint64_t>(event.kind) << 8 |
                        static_cast<std::uint64_t>(event.direction);
  if (event.kind == EventKind::message) state = hash64(type_of(event.body), state);
  return state;
}

std::uint32_t number_of(std::string_view domain, std::string_view name, std::uint64_t value) {
  return static_cast<std::uint32_t>(hash64(name, hash64(domain) ^ value) >> 32);
}

// 0, 1, 2-3, 4-7, ...
std::uint64_t octave(std::uint64_t value) {
  std::uint64_t bits = 0;
  for (; value != 0; value >>= 1) ++bits;
  return bits;
}

// A quarter of a second is the finest step of a time.
std::uint64_t octave(const std::optional<Duration>& duration) {
  return duration ? 1 + octave(static_cast<std::uint64_t>(duration->ns() / milliseconds(250).ns())) : 0;
}

void add_states(const Timeline& timeline, std::vector<std::uint32_t>& features) {
  const ConversationStates states(timeline);
  std::uint32_t before = 0;
  for (const ConversationStates::State& state : states.states()) {
    features.push_back(number_of("state", {}, before << 8 | state.bits));
    before = state.bits;
  }
  for (const FaultHit& hit : timeline.faults) {
    features.push_back(number_of("fault in state", hit.channel + " " + hit.action, states.at(hit.at)));
  }
}

}  // namespace

std::vector<std::uint32_t> features_of(const trace::Trace& run, const Timeline& timeline) {
  const Metrics metrics = measure(timeline);
  std::vector<std::uint32_t> features;
  add_states(timeline, features);
  std::uint64_t before = 0;
  for (const Event& event : run.events) {
    if (event.channel == trace::kControlChannel) continue;
    const trace::Channel& channel = *run.channels.find(event.channel);
    if (event.kind == EventKind::fault_fired) {
      const auto fault = trace::body_of<trace::FaultFired>(event);
      features.push_back(number_of("fault", channel.name + " " + fault.action, octave(event.exchange)));
      continue;
    }
    if (channel.kind == trace::ChannelKind::audio) continue;  // it comes between all else
    const std::uint64_t state = state_of(channel, event);
    if (state != before) features.push_back(number_of("pair", {}, hash64({}, before * 31 + state)));
    before = state;
  }
  features.push_back(number_of("figure", "dead_air", octave(metrics.dead_air_max)));
  features.push_back(number_of("figure", "first_audio", octave(metrics.first_audio_p95)));
  features.push_back(number_of("figure", "ftl", octave(metrics.ftl_p95)));
  features.push_back(number_of("figure", "recovery", octave(metrics.recovery_max)));
  features.push_back(number_of("figure", "retries", metrics.retries_max));
  features.push_back(number_of("figure", "identical", metrics.identical_requests_max));
  std::sort(features.begin(), features.end());
  features.erase(std::unique(features.begin(), features.end()), features.end());
  return features;
}

}  // namespace ringback::sim
