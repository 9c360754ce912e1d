#include "src/audio/level.h"

#include <array>
#include <cstdlib>
#include <cstring>

#include "src/audio/g711.h"

namespace ringback::audio {

namespace {

template <std::int16_t (*expand)(std::uint8_t)>
const std::array<std::uint16_t, 256>& magnitudes() {
  static const std::array<std::uint16_t, 256> table = [] {
    std::array<std::uint16_t, 256> values{};
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<std::uint16_t>(std::abs(static_cast<int>(expand(static_cast<std::uint8_t>(i)))));
    }
    return values;
  }();
  return table;
}

std::uint64_t sum_of(BytesView samples, const std::array<std::uint16_t, 256>& table) {
  const auto magnitude = [&](char octet) -> std::uint64_t { return table[static_cast<std::uint8_t>(octet)]; };
  std::uint64_t sum = 0;
  // Most of a telephone line's track is one octet over and over.
  for (; samples.size() >= 8; samples.remove_prefix(8)) {
    std::uint64_t octets = 0;
    std::memcpy(&octets, samples.data(), 8);
    if (octets == (octets << 8 | octets >> 56)) {
      sum += 8 * magnitude(samples[0]);
      continue;
    }
    const std::uint64_t first = magnitude(samples[0]) + magnitude(samples[1]) + magnitude(samples[2]);
    const std::uint64_t second = magnitude(samples[3]) + magnitude(samples[4]) + magnitude(samples[5]);
    sum += first + second + magnitude(samples[6]) + magnitude(samples[7]);
  }
  for (const char octet : samples) sum += magnitude(octet);
  return sum;
}

}  // namespace

void Loudness::add(BytesView samples_in, const Format& format) {
  switch (format.encoding) {
    case Encoding::mulaw:
      magnitude_sum += sum_of(samples_in, magnitudes<sample_of_mulaw>());
      break;
    case Encoding::alaw:
      magnitude_sum += sum_of(samples_in, magnitudes<sample_of_alaw>());
      break;
    case Encoding::pcm16le:
      for (std::size_t i = 0; i + 1 < samples_in.size(); i += 2) {
        const auto sample = static_cast<std::int16_t>(static_cast<std::uint8_t>(samples_in[i]) |
                                                      (static_cast<std::uint8_t>(samples_in[i + 1]) << 8));
        magnitude_sum += static_cast<std::uint64_t>(std::abs(static_cast<int>(sample)));
      }
      break;
  }
  samples += samples_in.size() / bytes_per_sample(format);
}

bool is_audible(BytesView samples, const Format& format) {
  Loudness loudness;
  loudness.add(samples, format);
  return loudness.is_audible();
}

}  // namespace ringback::audio
