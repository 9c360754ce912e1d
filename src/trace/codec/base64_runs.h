// Stretches of base64 in text, taken out as the octets that they stand for.
//
// JSON carries sound as base64, which hides it: no predictor sees samples, and every third octet costs four. A run is a
// stretch of the standard alphabet, in whole groups of four, padded where it must be, whose octets give back exactly
// these characters. Only long ones are taken; whatever is left of a stretch stays in the text.
//
//   find_base64(text, [&](Base64Run run) { append_decoded(text.substr(run.offset, run.length), octets); });
#pragma once

#include <cstddef>
#include <cstdint>

#include "src/base/bytes.h"

namespace ringback::trace {

inline constexpr std::size_t kRunCharactersMin = 128;
inline constexpr std::size_t kRunOctetsMin = kRunCharactersMin / 4 * 3 - 2;

struct Base64Run {
  std::size_t offset = 0;
  std::size_t length = 0;  // in characters, a multiple of 4
};

// The first run in `text` that starts at `from` or behind it; length 0 where there is none.
Base64Run find_base64(BytesView text, std::size_t from);

// How many characters stand for so many octets.
constexpr std::uint64_t base64_characters(std::uint64_t octets) { return (octets + 2) / 3 * 4; }
// How many octets the characters of a run stand for.
std::size_t base64_octets(BytesView run);
// Writes the octets of a run to `out`, and up to kDecodeSlack others behind them: there must be room.
inline constexpr std::size_t kDecodeSlack = 8;
void decode_base64(BytesView run, char* out);
// Writes the characters of `length` octets to `out`, and returns where they end.
char* encode_base64(const char* octets, std::size_t length, char* out);

// The same on any machine; what the others must agree with.
void decode_base64_plainly(BytesView run, char* out);
char* encode_base64_plainly(const char* octets, std::size_t length, char* out);

}  // namespace ringback::trace
