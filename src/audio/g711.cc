#include "src/audio/g711.h"

#include <algorithm>
#include <array>
#include <bit>

#include "src/base/error.h"

namespace ringback::audio {

namespace {

constexpr int kSignBit = 0x80;

// Mu-law works on magnitudes with 132 added, which makes every segment start at a power of two.
constexpr int kMulawBias = 132;
constexpr int kMulawMagnitudeMax = 32635;
// A-law's even bits are inverted on the line.
constexpr int kAlawInversion = 0x55;

constexpr std::int16_t expand_mulaw(std::uint8_t octet) {
  const int code = ~octet & 0xFF;
  const int segment = (code >> 4) & 7;
  const int magnitude = ((((code & 15) << 3) + kMulawBias) << segment) - kMulawBias;
  return static_cast<std::int16_t>((code & kSignBit) != 0 ? -magnitude : magnitude);
}

constexpr std::int16_t expand_alaw(std::uint8_t octet) {
  const int code = octet ^ kAlawInversion;
  const int segment = (code >> 4) & 7;
  const int step = code & 15;
  // The middle of the interval; segments 0 and 1 have the same step.
  const int magnitude = segment == 0 ? (step << 4) + 8 : ((step << 4) + 0x108) << (segment - 1);
  return static_cast<std::int16_t>((code & kSignBit) != 0 ? magnitude : -magnitude);
}

template <std::int16_t (*expand)(std::uint8_t)>
constexpr std::array<std::int16_t, 256> table_of() {
  std::array<std::int16_t, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = expand(static_cast<std::uint8_t>(i));
  return table;
}

constexpr std::array<std::int16_t, 256> kMulawSamples = table_of<expand_mulaw>();
constexpr std::array<std::int16_t, 256> kAlawSamples = table_of<expand_alaw>();

int segment_of(int magnitude) {
  return std::max(0, static_cast<int>(std::bit_width(static_cast<unsigned>(magnitude))) - 8);
}

}  // namespace

std::uint8_t mulaw_of(std::int16_t sample) {
  const int sign = sample < 0 ? kSignBit : 0;
  const int magnitude = std::min(sample < 0 ? -static_cast<int>(sample) : static_cast<int>(sample), kMulawMagnitudeMax);
  const int biased = magnitude + kMulawBias;
  const int segment = segment_of(biased);
  const int step = (biased >> (segment + 3)) & 15;
  return static_cast<std::uint8_t>(~(sign | (segment << 4) | step));
}

std::uint8_t alaw_of(std::int16_t sample) {
  const int sign = sample < 0 ? 0 : kSignBit;
  const int magnitude = sample < 0 ? ~static_cast<int>(sample) : static_cast<int>(sample);
  const int segment = segment_of(magnitude);
  const int step = (magnitude >> (std::max(segment, 1) + 3)) & 15;
  return static_cast<std::uint8_t>((sign | (segment << 4) | step) ^ kAlawInversion);
}

std::int16_t sample_of_mulaw(std::uint8_t octet) { return kMulawSamples[octet]; }
std::int16_t sample_of_alaw(std::uint8_t octet) { return kAlawSamples[octet]; }

std::vector<std::int16_t> decode(BytesView samples, const Format& format) {
  std::vector<std::int16_t> decoded(samples.size() / bytes_per_sample(format));
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    switch (format.encoding) {
      case Encoding::mulaw:
        decoded[i] = kMulawSamples[static_cast<std::uint8_t>(samples[i])];
        break;
      case Encoding::alaw:
        decoded[i] = kAlawSamples[static_cast<std::uint8_t>(samples[i])];
        break;
      case Encoding::pcm16le:
        decoded[i] = static_cast<std::int16_t>(static_cast<std::uint8_t>(samples[2 * i]) |
                                               (static_cast<std::uint8_t>(samples[2 * i + 1]) << 8));
        break;
    }
  }
  return decoded;
}

Bytes encode(std::span<const std::int16_t> samples, const Format& format) {
  Bytes encoded;
  encoded.reserve(samples.size() * bytes_per_sample(format));
  for (const std::int16_t sample : samples) {
    switch (format.encoding) {
      case Encoding::mulaw:
        encoded.push_back(static_cast<char>(mulaw_of(sample)));
        break;
      case Encoding::alaw:
        encoded.push_back(static_cast<char>(alaw_of(sample)));
        break;
      case Encoding::pcm16le:
        encoded.push_back(static_cast<char>(static_cast<std::uint16_t>(sample) & 0xFF));
        encoded.push_back(static_cast<char>(static_cast<std::uint16_t>(sample) >> 8));
        break;
    }
  }
  return encoded;
}

Bytes transcode(BytesView samples, const Format& from, const Format& to) {
  if (from.rate != to.rate) {
    fail("audio: expected equal rates to change the encoding, found {} and {} samples a second", from.rate, to.rate);
  }
  if (from.encoding == to.encoding) return Bytes(samples);
  return encode(decode(samples, from), to);
}

}  // namespace ringback::audio
