#include "sim/faults/sound_damage.h"

#include <algorithm>
#include <array>
#include <limits>

#include "src/audio/g711.h"

namespace ringback::sim {
namespace {

__extension__ using Wide = __int128;

constexpr std::uint32_t kFramesASecond = 50;

std::int16_t limited(std::int64_t sample) {
  using Limits = std::numeric_limits<std::int16_t>;
  return static_cast<std::int16_t>(std::clamp<std::int64_t>(sample, Limits::min(), Limits::max()));
}

// The largest integer whose square is at most `value`.
std::int64_t square_root(Wide value) {
  std::int64_t low = 0;
  std::int64_t high = std::int64_t{1} << 40;
  while (low < high) {
    const std::int64_t middle = low + (high - low + 1) / 2;
    if (static_cast<Wide>(middle) * middle <= value) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

// `power` / 10^(snr_db / 10).
Wide power_below(Wide power, std::int64_t snr_db) {
  // 10^(n/10) in units of 1e-9.
  constexpr std::array<std::int64_t, 10> kTenths = {1'000'000'000, 1'258'925'412, 1'584'893'192, 1'995'262'315,
                                                    2'511'886'432, 3'162'277'660, 3'981'071'706, 5'011'872'336,
                                                    6'309'573'445, 7'943'282'347};
  constexpr std::int64_t kUnit = 1'000'000'000;
  std::int64_t tens = snr_db / 10;
  std::int64_t rest = snr_db % 10;
  if (rest < 0) {
    rest += 10;
    --tens;
  }
  for (; tens < 0; ++tens) power *= 10;
  power = power * kUnit / kTenths[static_cast<std::size_t>(rest)];
  for (; tens > 0; --tens) power /= 10;
  return power;
}

// The span's samples put through `change(sample, number within the event)`.
template <class Change>
Bytes changed(BytesView samples, const SampleSpan& span, const Sound& sound, Change&& change) {
  const audio::Format format{sound.encoding, sound.rate};
  const std::size_t begin = span.begin * sound.sample_bytes;
  const std::size_t size = (span.end - span.begin) * sound.sample_bytes;
  std::vector<std::int16_t> linear = audio::decode(samples.substr(begin, size), format);
  change(linear);
  Bytes out(samples);
  const Bytes encoded = audio::encode(linear, format);
  out.replace(begin, encoded.size(), encoded);
  return out;
}

}  // namespace

Bytes garbled(BytesView samples, const SampleSpan& span, const Sound& sound, const RandomStream& noise,
              std::uint64_t first_sample, std::int64_t snr_db) {
  if (span.is_empty()) return Bytes(samples);
  return changed(samples, span, sound, [&](std::vector<std::int16_t>& linear) {
    Wide power = 0;
    for (const std::int16_t sample : linear) power += static_cast<std::int32_t>(sample) * sample;
    // Uniform noise from -a to a has the power a^2 / 3.
    const Wide noise_power = power_below(power * 3, snr_db) / static_cast<Wide>(linear.size());
    const std::int64_t amplitude = square_root(noise_power);
    if (amplitude == 0) return;
    const std::uint64_t values = 2 * static_cast<std::uint64_t>(amplitude) + 1;
    for (std::size_t i = 0; i < linear.size(); ++i) {
      const std::uint64_t draw = noise.below(first_sample + span.begin + i, values);
      linear[i] = limited(linear[i] + static_cast<std::int64_t>(draw) - amplitude);
    }
  });
}

Bytes clipped(BytesView samples, const SampleSpan& span, const Sound& sound) {
  if (span.is_empty()) return Bytes(samples);
  return changed(samples, span, sound, [](std::vector<std::int16_t>& linear) {
    for (std::int16_t& sample : linear) sample = limited(std::int64_t{sample} * kClipGain);
  });
}

Bytes with_lost_frames(BytesView samples, const SampleSpan& span, const Sound& sound, const RandomStream& losses,
                       std::uint64_t first_sample, const Ratio& share) {
  const std::uint64_t frame_samples = sound.rate / kFramesASecond;
  Bytes out(samples.substr(0, span.begin * sound.sample_bytes));
  for (std::uint64_t i = span.begin; i < span.end;) {
    const std::uint64_t frame = (first_sample + i) / frame_samples;
    const std::uint64_t frame_end = std::min(span.end, (frame + 1) * frame_samples - first_sample);
    if (!losses.chance(frame, share))
      out += samples.substr(i * sound.sample_bytes, (frame_end - i) * sound.sample_bytes);
    i = frame_end;
  }
  if (span.end * sound.sample_bytes < samples.size()) out += samples.substr(span.end * sound.sample_bytes);
  return out;
}

}  // namespace ringback::sim
