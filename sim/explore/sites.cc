#include "sim/explore/sites.h"

#include <algorithm>

#include "sim/faults/model_frame.h"
#include "src/audio/format.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

using trace::Direction;
using trace::EventKind;

// 0 where the track's encoding is not one that we know: then nothing is said of its frames.
std::uint64_t octets_of_frame(const trace::Channel& channel) {
  const std::optional<audio::Format> format = audio::known_format(channel.encoding, channel.rate);
  return format.has_value() ? audio::frame_bytes(*format) : 0;
}

void thin_out(std::vector<VirtualTime>& times) {
  if (times.size() <= kEventTimesMax) return;
  std::vector<VirtualTime> kept;
  for (std::size_t i = 0; i < kEventTimesMax; ++i) kept.push_back(times[i * times.size() / kEventTimesMax]);
  times = std::move(kept);
}

class Count {
 public:
  explicit Count(const trace::Channel& channel) : channel_(channel) {
    sites_.channel = channel.name;
    sites_.kind = channel.kind;
  }

  void observe(const trace::Event& event) {
    if (channel_.kind == trace::ChannelKind::audio) {
      if (event.kind == EventKind::audio) sound_ += trace::body_field(event.body, 1).size();
    } else if (event.kind == EventKind::request || event.direction == Direction::to_agent) {
      sites_.exchanges = std::max<std::uint64_t>(sites_.exchanges, event.exchange);
      if (sites_.began.size() < sites_.exchanges) sites_.began.resize(sites_.exchanges, event.at);
    }
    const bool is_between = event.exchange == 0 && event.direction == Direction::to_agent;
    if (is_between && channel_.kind == trace::ChannelKind::model) sites_.between.push_back(event.at);
    if (event.direction == Direction::to_agent) count_token(event);
    sites_.event_times.push_back(event.at);
  }

  ChannelSites finish() {
    if (channel_.kind == trace::ChannelKind::audio) {
      const std::uint64_t frame = octets_of_frame(channel_);
      sites_.frames = frame == 0 ? 0 : sound_ / frame;
    }
    for (std::vector<std::uint64_t>* counts : {&sites_.tokens, &sites_.events})
      counts->resize(channel_.kind == trace::ChannelKind::model ? sites_.exchanges : 0);
    thin_out(sites_.event_times);
    thin_out(sites_.between);
    return std::move(sites_);
  }

 private:
  void count_token(const trace::Event& event) {
    if (channel_.kind != trace::ChannelKind::model || event.exchange == 0) return;
    if (sites_.events.size() < event.exchange) sites_.events.resize(event.exchange);
    ++sites_.events[event.exchange - 1];
    if (!is_token_event(event)) return;
    if (sites_.tokens.size() < event.exchange) sites_.tokens.resize(event.exchange);
    ++sites_.tokens[event.exchange - 1];
  }

  const trace::Channel& channel_;
  ChannelSites sites_;
  std::uint64_t sound_ = 0;
};

}  // namespace

Sites find_sites(const trace::Trace& run) {
  std::vector<Count> counts;
  for (const trace::Channel& channel : run.channels.channels()) counts.emplace_back(channel);
  Sites sites;
  for (const trace::Event& event : run.events) {
    sites.end = std::max(sites.end, event.at);
    if (event.channel != trace::kControlChannel) counts[event.channel - 1u].observe(event);
  }
  for (Count& count : counts) {
    ChannelSites found = count.finish();
    if (!found.event_times.empty()) sites.channels.push_back(std::move(found));
  }
  return sites;
}

}  // namespace ringback::sim
