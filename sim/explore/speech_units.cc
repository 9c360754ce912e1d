#include "sim/explore/speech_units.h"

#include <algorithm>
#include <optional>

#include "src/audio/format.h"
#include "src/audio/level.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

using trace::Event;
using trace::EventKind;

constexpr std::uint64_t kBreathFrames = 3;

// What is heard, frame by frame, and where words begin.
struct Heard {
  std::vector<bool> audible;
  std::vector<std::uint64_t> words;
};

Heard listen(const trace::Trace& recording, const trace::Channel& track, const audio::Format& format) {
  const trace::Channel* caller = recording.channels.find("caller");
  const std::size_t frame_bytes = audio::frame_bytes(format);
  Heard heard;
  Bytes rest;
  for (const Event& event : recording.events) {
    if (event.direction != trace::Direction::to_agent) continue;
    if (caller != nullptr && event.channel == caller->id && event.kind == EventKind::text) {
      heard.words.push_back(heard.audible.size());
    }
    if (event.channel != track.id || event.kind != EventKind::audio) continue;
    rest += trace::body_field(event.body, 1);
    std::size_t taken = 0;
    for (; rest.size() - taken >= frame_bytes; taken += frame_bytes) {
      heard.audible.push_back(audio::is_audible(BytesView(rest).substr(taken, frame_bytes), format));
    }
    rest.erase(0, taken);
  }
  return heard;
}

}  // namespace

std::vector<SpeechUnit> speech_units(const trace::Trace& recording) {
  const trace::Channel* track = recording.channels.find("caller.audio");
  if (track == nullptr || track->kind != trace::ChannelKind::audio) return {};
  const std::optional<audio::Format> format = audio::known_format(track->encoding, track->rate);
  if (!format.has_value()) return {};  // of a track that nobody can hear nothing is known
  const Heard heard = listen(recording, *track, *format);
  std::vector<SpeechUnit> units;
  std::uint64_t quiet = kBreathFrames;
  bool begins_word = false;
  for (std::uint64_t frame = 0; frame < heard.audible.size() && units.size() < kSpeechUnitsMax; ++frame) {
    begins_word = begins_word || std::binary_search(heard.words.begin(), heard.words.end(), frame);
    if (!heard.audible[frame]) {
      ++quiet;
      continue;
    }
    if (quiet >= kBreathFrames || begins_word) {
      units.push_back({.first = frame, .count = 1});
    } else {
      units.back().count = frame + 1 - units.back().first;
    }
    quiet = 0;
    begins_word = false;
  }
  return units;
}

}  // namespace ringback::sim
