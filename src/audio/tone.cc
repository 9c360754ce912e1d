#include "src/audio/tone.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "src/audio/g711.h"

namespace ringback::audio {

namespace {

constexpr std::uint64_t kToneHertz = 440;
constexpr std::int64_t kTonePeak = 8192;

bool begins_character(char octet) { return (static_cast<std::uint8_t>(octet) & 0xC0) != 0x80; }

// One period is -peak .. peak .. -peak.
std::int16_t triangle(std::uint64_t phase, std::uint64_t period) {
  const std::int64_t position = static_cast<std::int64_t>(4 * phase);  // 0 .. 4 period
  const std::int64_t length = static_cast<std::int64_t>(period);
  const std::int64_t rising = position < 2 * length ? position - length : 3 * length - position;
  return static_cast<std::int16_t>(rising * kTonePeak / length);
}

}  // namespace

Bytes tone(Duration duration, const Format& format) {
  std::vector<std::int16_t> samples(bytes_for(duration, format) / bytes_per_sample(format));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = triangle(i * kToneHertz % format.rate, format.rate);
  }
  return encode(samples, format);
}

Bytes tone_speech(std::string_view text, const Format& format) {
  const std::int64_t characters = std::count_if(text.begin(), text.end(), begins_character);
  return tone(kTonePerCharacter * characters, format);
}

}  // namespace ringback::audio
