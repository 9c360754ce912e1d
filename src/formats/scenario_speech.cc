#include "src/formats/scenario_speech.h"

#include <algorithm>
#include <vector>

#include "src/audio/g711.h"
#include "src/audio/level.h"

namespace ringback::formats {

namespace {

// Mean magnitude of the audible frames; 0 where there is none.
std::uint64_t speech_level(BytesView track) {
  const std::size_t frame_bytes = audio::frame_bytes(kScenarioFormat);
  audio::Loudness speech;
  for (; !track.empty(); track.remove_prefix(std::min(frame_bytes, track.size()))) {
    const BytesView frame = track.substr(0, frame_bytes);
    if (audio::is_audible(frame, kScenarioFormat)) speech.add(frame, kScenarioFormat);
  }
  return speech.samples == 0 ? 0 : speech.magnitude_sum / speech.samples;
}

std::vector<std::int16_t> levelled(std::span<const std::int16_t> samples) {
  const std::uint64_t level = speech_level(audio::encode(samples, kScenarioFormat));
  std::vector<std::int16_t> scaled(samples.begin(), samples.end());
  if (level == 0) return scaled;
  for (std::int16_t& sample : scaled) {
    const std::int64_t value =
        std::int64_t{sample} * static_cast<std::int64_t>(kScenarioLevel) / static_cast<std::int64_t>(level);
    sample = static_cast<std::int16_t>(std::clamp<std::int64_t>(value, -32768, 32767));
  }
  return scaled;
}

}  // namespace

Bytes telephone_speech(std::span<const std::int16_t> samples) {
  const std::size_t frame_bytes = audio::frame_bytes(kScenarioFormat);
  const std::size_t pause_bytes_max = audio::bytes_for(kScenarioPauseMax, kScenarioFormat);
  Bytes track = audio::encode(levelled(samples), kScenarioFormat);
  track += audio::silence((frame_bytes - track.size() % frame_bytes) % frame_bytes, kScenarioFormat);

  Bytes speech;
  std::size_t pause_bytes = 0;
  for (std::size_t at = 0; at < track.size(); at += frame_bytes) {
    const BytesView frame = BytesView(track).substr(at, frame_bytes);
    if (!audio::is_audible(frame, kScenarioFormat)) {
      pause_bytes += frame_bytes;
      continue;
    }
    if (!speech.empty()) speech += audio::silence(std::min(pause_bytes, pause_bytes_max), kScenarioFormat);
    pause_bytes = 0;
    speech += frame;
  }
  return speech;
}

}  // namespace ringback::formats
