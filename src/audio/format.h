// How samples are written: encoding and rate, always one track (mono).
//
// Bytes and time are converted with integers only. A rate is a multiple of 50, so that a frame of 20 ms is a whole
// number of samples.
//
//   const Format telephone = format_of("mulaw", 8000);
//   Duration length = duration_of(samples.size(), telephone);
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "src/base/bytes.h"
#include "src/base/time.h"

namespace ringback::audio {

enum class Encoding : std::uint8_t { mulaw, alaw, pcm16le };

struct Format {
  Encoding encoding = Encoding::mulaw;
  std::uint32_t rate = 8000;  // samples a second

  friend bool operator==(const Format&, const Format&) = default;
};

// The grid on which sound is judged: telephone frames have this length.
inline constexpr Duration kFrame = milliseconds(20);

inline constexpr std::uint32_t kRateMin = 1'000;
inline constexpr std::uint32_t kRateMax = 192'000;

// "mulaw", "alaw", "pcm16le", as a trace's audio channels name them. Throws Error where the name is unknown, or the
// rate is not a multiple of 50 from kRateMin to kRateMax.
Format format_of(std::string_view encoding_name, std::uint32_t rate);
// The same, or nothing where format_of throws: for channels of strangers that need not be heard.
std::optional<Format> known_format(std::string_view encoding_name, std::uint32_t rate);
std::string_view name_of(Encoding encoding);

std::size_t bytes_per_sample(Encoding encoding);
inline std::size_t bytes_per_sample(const Format& format) { return bytes_per_sample(format.encoding); }
// Bytes of one kFrame.
std::size_t frame_bytes(const Format& format);

// How long `bytes` of samples sound, rounded down to the nanosecond; a cut last sample does not count.
Duration duration_of(std::size_t bytes, const Format& format);
// Bytes of the whole samples that fit into `duration`; 0 for a negative one.
std::size_t bytes_for(Duration duration, const Format& format);

// `bytes` of digital silence: 0xFF in mu-law, 0xD5 in A-law, 0 in PCM.
Bytes silence(std::size_t bytes, const Format& format);

}  // namespace ringback::audio
