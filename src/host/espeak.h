// Speech from the program espeak-ng, for making test calls out of scripts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ringback::host {

struct EspeakVoice {
  std::string name = "en-us";  // letters, digits, + - _ only: "en-us+f3"
  int words_per_minute = 175;
  int pitch = 50;  // 0 to 99
};

inline constexpr std::size_t kEspeakTextBytesMax = 4000;
inline constexpr std::uint32_t kEspeakRate = 8000;

// Says `text`: 16-bit samples at kEspeakRate. The samples depend on the version of espeak-ng and of libsoxr, so they
// are stored, not recomputed. Throws Error where espeak-ng is missing, refuses, or does not list the voice: by itself
// it would take another of the same language.
std::vector<std::int16_t> speak_with_espeak(const std::string& text, const EspeakVoice& voice);

}  // namespace ringback::host
