// Mutations of the caller's track. The track is laid out as one row of samples, changed there, and cut into its events
// again, so events keep their times and sizes.
#include <algorithm>

#include "sim/explore/mutate.h"
#include "src/audio/format.h"
#include "src/audio/level.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

using trace::Event;
using trace::EventKind;

class Track {
 public:
  Track(const trace::Channel& channel, trace::Trace& recording)
      : channel_(channel.id), format_(audio::format_of(channel.encoding, channel.rate)), recording_(recording) {
    std::size_t index = 0;
    for (const Event& event : recording.events) {
      const std::size_t number = index++;
      if (event.channel != channel_ || event.kind != EventKind::audio) continue;
      const BytesView samples = trace::body_field(event.body, 1);
      samples_ += samples;
      pieces_.push_back({.event = number, .length = samples.size(), .at = event.at});
    }
    recorded_ = samples_;
    frame_ = audio::frame_bytes(format_);
  }

  std::uint64_t frames() const { return samples_.size() / frame_; }
  bool is_audible(std::uint64_t frame) const { return audio::is_audible(frame_at(frame), format_); }

  // The first frame at or behind `frame` with which `quiet` frames in a row are inaudible; the track's end without one.
  std::uint64_t silence_behind(std::uint64_t frame) const {
    constexpr std::uint64_t kQuiet = 15;  // 300 ms
    std::uint64_t run = 0;
    for (std::uint64_t i = frame; i < frames(); ++i) {
      run = is_audible(i) ? 0 : run + 1;
      if (run == kQuiet) return i + 1 - kQuiet;
    }
    return frames();
  }

  Bytes take(std::uint64_t first, std::uint64_t count) const {
    const std::uint64_t end = std::min(frames(), first + count);
    return first >= end ? Bytes() : samples_.substr(first * frame_, (end - first) * frame_);
  }
  // Writes over what is there; what would pass the end is lost.
  void put(std::uint64_t first, BytesView samples) {
    const std::size_t begin = std::min(samples_.size(), static_cast<std::size_t>(first * frame_));
    const std::size_t length = std::min(samples.size(), samples_.size() - begin);
    samples_.replace(begin, length, samples.substr(0, length));
  }
  Bytes quiet(std::uint64_t count) const {
    return audio::silence(static_cast<std::size_t>(std::min(count, frames()) * frame_), format_);
  }
  Bytes doubled(std::uint64_t first, std::uint64_t count) const {
    Bytes twice;
    for (std::uint64_t i = first; i < std::min(frames(), first + count); ++i) {
      twice += frame_at(i);
      twice += frame_at(i);
    }
    return twice;
  }
  Bytes first_speech(std::uint64_t count) const {
    for (std::uint64_t i = 0; i < frames(); ++i) {
      if (is_audible(i)) return take(i, count);
    }
    return {};
  }

  // When the frame is heard: the time of the event that holds its first sample.
  VirtualTime time_of(std::uint64_t frame) const {
    std::size_t before = 0;
    for (const Piece& piece : pieces_) {
      before += piece.length;
      if (before > frame * frame_) return piece.at;
    }
    return recording_.events.empty() ? VirtualTime() : recording_.events.back().at;
  }

  void store() {
    std::size_t begin = 0;
    for (const Piece& piece : pieces_) {
      const BytesView changed = BytesView(samples_).substr(begin, piece.length);
      if (changed != BytesView(recorded_).substr(begin, piece.length)) {
        Event event = recording_.events[piece.event];
        event.body = trace::encode_body(trace::Audio{.samples = Bytes(changed)});
        recording_.events.replace(piece.event, event);
      }
      begin += piece.length;
    }
  }

 private:
  BytesView frame_at(std::uint64_t frame) const { return BytesView(samples_).substr(frame * frame_, frame_); }

  trace::ChannelId channel_;
  audio::Format format_;
  trace::Trace& recording_;
  // An event's share of the samples.
  struct Piece {
    std::size_t event = 0;
    std::size_t length = 0;
    VirtualTime at;
  };
  Bytes recorded_;
  Bytes samples_;
  std::vector<Piece> pieces_;
  std::size_t frame_ = 1;
};

// What is said from `at` to the silence behind it, `at` included.
struct Stretch {
  std::uint64_t end = 0;
  Bytes rest;  // behind the mutated frames
};
Stretch stretch_behind(const Track& track, const Mutation& mutation) {
  const std::uint64_t behind = mutation.at + mutation.count;
  const std::uint64_t end = std::max(behind, track.silence_behind(mutation.at));
  return {.end = end, .rest = track.take(behind, end - behind)};
}

void press(const Mutation& mutation, VirtualTime at, trace::Trace& recording) {
  const trace::Channel* caller = recording.channels.find("caller");
  if (caller == nullptr) return;
  const Event event = trace::make_event({.at = at, .channel = caller->id, .direction = trace::Direction::to_agent},
                                        trace::Dtmf{.digit = mutation.value});
  const auto behind = std::find_if(recording.events.begin(), recording.events.end(), [&](const Event& each) {
    return each.channel != trace::kControlChannel && each.at > at;
  });
  recording.events.insert(behind.index(), event);
}

}  // namespace

void mutate_sound(const Mutation& mutation, trace::Trace& recording) {
  const trace::Channel* channel = recording.channels.find(mutation.channel);
  if (channel == nullptr || channel->kind != trace::ChannelKind::audio) return;
  Track track(*channel, recording);
  if (mutation.at >= track.frames()) return;
  const std::uint64_t at = mutation.at;
  const std::uint64_t count = std::min(mutation.count, track.frames() - at);
  const Stretch stretch = stretch_behind(track, mutation);
  switch (mutation.name) {
    case MutationName::cut:
      track.put(at, stretch.rest + track.quiet(count));
      break;
    case MutationName::repeat: {
      const Bytes said = track.take(at, count);
      track.put(at, said + said + stretch.rest);
      break;
    }
    case MutationName::silence:
      track.put(at, track.quiet(count));
      break;
    case MutationName::swap: {
      const Bytes first = track.take(at, count);
      track.put(at, track.take(at + count, count) + first);
      break;
    }
    case MutationName::stretch:
      track.put(at, track.doubled(at, count) + stretch.rest);
      break;
    case MutationName::speech:
      track.put(at, track.first_speech(count));
      break;
    default:
      press(mutation, track.time_of(at), recording);
      return;
  }
  track.store();
}

}  // namespace ringback::sim
