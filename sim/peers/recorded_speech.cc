#include "sim/peers/recorded_speech.h"

#include <algorithm>
#include <map>
#include <optional>

#include "src/audio/speech_detector.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

using wire::SpeechType;

class Reader {
 public:
  explicit Reader(RecordedSpeech& into) : into_(into) {}

  void from_agent(const wire::SpeechFrame& frame, VirtualTime at) {
    switch (frame.type) {
      case SpeechType::start:
        started_at_ = at;
        detector_.emplace(format_of_start(frame));
        break;
      case SpeechType::audio:
        hear(frame, at);
        break;
      case SpeechType::speak:
        open_[frame.id] = {.index = into_.spoken.size(), .at = at};
        into_.spoken.push_back({.text = frame.text});
        break;
      default:
        break;
    }
  }

  void to_agent(const wire::SpeechFrame& frame, VirtualTime at) {
    if (const auto open = open_.find(frame.id); open != open_.end() && !frame.id.empty()) {
      SynthesizedText& spoken = into_.spoken[open->second.index];
      spoken.frames.push_back({.after = at - open->second.at, .frame = frame});
      spoken.is_whole = spoken.is_whole || frame.type == SpeechType::done;
    } else if (into_.turns.empty()) {
      into_.on_start.push_back({.after = at - started_at_, .frame = frame});
    } else if (ended_at_.has_value()) {
      into_.turns.back().on_end.push_back({.after = at - *ended_at_, .frame = frame});
    } else {
      into_.turns.back().on_onset.push_back({.after = at - began_at_, .frame = frame});
    }
  }

 private:
  struct Open {
    std::size_t index = 0;
    VirtualTime at;
  };

  void hear(const wire::SpeechFrame& frame, VirtualTime at) {
    if (!detector_.has_value()) fail("expected a \"start\" frame before the first sound, found none");
    edges_.clear();
    detector_->feed(frame.audio, edges_);
    for (const audio::SpeechDetector::Edge& edge : edges_) {
      if (edge.speech) {
        into_.turns.push_back({.onset_content = edge.content, .content = edge.content});
        began_at_ = at;
        ended_at_.reset();
      } else {
        into_.turns.back().content = edge.content;
        ended_at_ = at;
      }
    }
  }

  RecordedSpeech& into_;
  VirtualTime started_at_;
  std::optional<audio::SpeechDetector> detector_;
  std::vector<audio::SpeechDetector::Edge> edges_;
  VirtualTime began_at_;
  std::optional<VirtualTime> ended_at_;
  std::map<std::string, Open> open_;
};

}  // namespace

audio::Format format_of_start(const wire::SpeechFrame& start) {
  if (start.rate < 0 || start.rate > 1'000'000) fail("expected a rate of sound, found {}", start.rate);
  return audio::format_of(start.encoding, static_cast<std::uint32_t>(start.rate));
}

const trace::Channel* speech_channel(const trace::Trace& recording, trace::ChannelKind kind) {
  for (const trace::Channel& channel : recording.channels.channels()) {
    if (channel.kind == kind && channel.encoding == kSpeechEncoding) return &channel;
  }
  return nullptr;
}

RecordedSpeech read_recorded_speech(const trace::Trace& recording, const trace::Channel& channel) {
  RecordedSpeech recorded;
  recorded.channel = channel;
  Reader reader(recorded);
  VirtualTime latest;
  std::size_t number = 0;
  for (const trace::Event& event : recording.events) {
    ++number;
    latest = std::max(latest, event.at);
    if (event.channel != channel.id || event.kind != trace::EventKind::message) continue;
    try {
      const wire::SpeechFrame frame = wire::parse_speech(trace::body_field(event.body, 1));
      event.direction == trace::Direction::from_agent ? reader.from_agent(frame, latest)
                                                      : reader.to_agent(frame, latest);
    } catch (const Error& error) {
      fail("event {} on channel '{}': {}", number, channel.name, error.what());
    }
  }
  return recorded;
}

}  // namespace ringback::sim
