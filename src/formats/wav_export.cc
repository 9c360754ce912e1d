#include <algorithm>

#include "src/audio/format.h"
#include "src/audio/g711.h"
#include "src/audio/playout.h"
#include "src/base/error.h"
#include "src/formats/wav.h"

namespace ringback::formats {
namespace {

using trace::Direction;
using trace::EventKind;

audio::Format format_of(const trace::Channel& channel) { return audio::format_of(channel.encoding, channel.rate); }

// One track at its own rate: samples at the places where they sound.
class Track {
 public:
  explicit Track(std::uint32_t rate) : rate_(rate) {}

  std::uint32_t rate() const { return rate_; }
  const std::vector<std::int16_t>& samples() const { return samples_; }

  std::size_t place_of(VirtualTime at) const {
    const std::int64_t ms = at.since_start().ns() / 1'000'000;
    const std::int64_t rest_ns = at.since_start().ns() % 1'000'000;
    return static_cast<std::size_t>(ms * rate_ / 1000 +
                                    (ms * rate_ % 1000 * 1'000'000 + rest_ns * rate_) / 1'000'000'000);
  }

  void put(std::size_t place, const std::vector<std::int16_t>& sound) {
    if (samples_.size() < place + sound.size()) samples_.resize(place + sound.size());
    std::copy(sound.begin(), sound.end(), samples_.begin() + static_cast<std::ptrdiff_t>(place));
  }

  // Silence from `place` on.
  void cut(std::size_t place) {
    if (place < samples_.size()) samples_.resize(place);
  }

  // Each sample as often as it takes to reach `rate`, a multiple of this one's.
  void repeat_to(std::uint32_t rate) {
    const std::size_t times = rate / rate_;
    if (times == 1) return;
    std::vector<std::int16_t> out;
    out.reserve(samples_.size() * times);
    for (const std::int16_t sample : samples_) out.insert(out.end(), times, sample);
    samples_ = std::move(out);
    rate_ = rate;
  }

 private:
  std::uint32_t rate_;
  std::vector<std::int16_t> samples_;
};

// The caller's sound stands where it came; pieces that come faster than they sound follow without a seam.
class CallerSide {
 public:
  explicit CallerSide(const audio::Format& format) : format_(format), track_(format.rate) {}

  void hear(VirtualTime at, BytesView samples) {
    const std::vector<std::int16_t> sound = audio::decode(samples, format_);
    const std::size_t place = std::max(track_.place_of(at), track_.samples().size());
    track_.put(place, sound);
  }
  Track& track() { return track_; }

 private:
  audio::Format format_;
  Track track_;
};

class AgentSide {
 public:
  explicit AgentSide(const audio::Format& format) : format_(format), playout_(format), track_(format.rate) {}

  void hear(VirtualTime at, BytesView samples) {
    playout_.enqueue(at, samples);
    const Duration length = audio::duration_of(samples.size(), format_);
    track_.put(track_.place_of(playout_.playing_until() - length), audio::decode(samples, format_));
  }
  void clear(VirtualTime at) {
    playout_.clear(at);
    track_.cut(track_.place_of(at));
  }
  Track& track() { return track_; }

 private:
  audio::Format format_;
  audio::Playout playout_;
  Track track_;
};

void append_number(std::uint64_t value, int bytes, Bytes& out) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

Bytes head_of(std::size_t frames, std::uint32_t rate) {
  const std::size_t data_bytes = frames * 4;
  Bytes head = "RIFF";
  append_number(36 + data_bytes, 4, head);
  head += "WAVEfmt ";
  append_number(16, 4, head);
  append_number(1, 2, head);  // PCM
  append_number(2, 2, head);  // channels
  append_number(rate, 4, head);
  append_number(rate * 4, 4, head);  // bytes a second
  append_number(4, 2, head);         // bytes a frame
  append_number(16, 2, head);
  head += "data";
  append_number(data_bytes, 4, head);
  return head;
}

// The first audio channel that has sound in this direction.
const trace::Channel* track_of(const trace::Trace& trace, Direction direction) {
  for (const trace::Event& event : trace.events) {
    if (event.kind == EventKind::audio && event.direction == direction) return trace.channels.find(event.channel);
  }
  return nullptr;
}

}  // namespace

void export_wav(const trace::Trace& trace, ByteSink& sink) {
  const trace::Channel* caller_channel = track_of(trace, Direction::to_agent);
  const trace::Channel* agent_channel = track_of(trace, Direction::from_agent);
  if (caller_channel == nullptr && agent_channel == nullptr) fail("wav: expected a trace with sound, found none");
  if (trace.duration() > kWavLengthMax) {
    fail("wav: expected a trace of at most {}, found {}", to_text(kWavLengthMax), to_seconds_text(trace.duration()));
  }
  CallerSide caller(format_of(caller_channel == nullptr ? *agent_channel : *caller_channel));
  AgentSide agent(format_of(agent_channel == nullptr ? *caller_channel : *agent_channel));
  for (const trace::Event& event : trace.events) {
    if (event.at < VirtualTime()) fail("wav: expected events from time 0 on, found one at {} ns", event.at.ns());
    if (event.kind == EventKind::clear) {
      agent.clear(event.at);
    } else if (event.kind == EventKind::audio && caller_channel != nullptr && event.channel == caller_channel->id) {
      caller.hear(event.at, trace::body_field(event.body, 1));
    } else if (event.kind == EventKind::audio && agent_channel != nullptr && event.channel == agent_channel->id) {
      agent.hear(event.at, trace::body_field(event.body, 1));
    }
  }
  Track& left = caller.track();
  Track& right = agent.track();
  const std::uint32_t rate = std::max(left.rate(), right.rate());
  if (rate % left.rate() != 0 || rate % right.rate() != 0) {
    fail("wav: expected two rates of which one is a multiple of the other, found {} and {}", left.rate(), right.rate());
  }
  left.repeat_to(rate);
  right.repeat_to(rate);
  const std::size_t frames = std::max(left.samples().size(), right.samples().size());
  if (frames > (UINT32_MAX - 64) / 4) fail("wav: expected at most 4 GiB of sound, found more");
  Bytes out = head_of(frames, rate);
  const auto sample_at = [](const Track& track, std::size_t i) {
    return i < track.samples().size() ? static_cast<std::uint16_t>(track.samples()[i]) : std::uint16_t{0};
  };
  for (std::size_t i = 0; i < frames; ++i) {
    append_number(sample_at(left, i), 2, out);
    append_number(sample_at(right, i), 2, out);
    if (out.size() < (1u << 20)) continue;
    sink.write(out);
    out.clear();
  }
  sink.write(out);
}

Exporter wav_exporter() {
  return {
      .name = "wav", .description = "the call as one hears it: stereo, caller left, agent right", .write = export_wav};
}

}  // namespace ringback::formats
