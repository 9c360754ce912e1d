#include "src/base/utf8.h"

#include <cstddef>
#include <cstdint>

namespace ringback {
namespace {

struct Octets {
  std::uint8_t first;
  std::uint8_t last;
  bool contain(char octet) const {
    const auto value = static_cast<std::uint8_t>(octet);
    return value >= first && value <= last;
  }
};

constexpr Octets kContinuation{0x80, 0xbf};

// A sequence with this first octet: its length (0 where none begins so) and what its second octet may be.
struct Sequence {
  std::size_t length;
  Octets second;
};

Sequence sequence_of(char first_octet) {
  const auto first = static_cast<std::uint8_t>(first_octet);
  if (first < 0x80) return {1, kContinuation};
  if (first < 0xc2) return {0, kContinuation};
  if (first < 0xe0) return {2, kContinuation};
  if (first == 0xe0) return {3, {0xa0, 0xbf}};
  if (first == 0xed) return {3, {0x80, 0x9f}};
  if (first < 0xf0) return {3, kContinuation};
  if (first == 0xf0) return {4, {0x90, 0xbf}};
  if (first < 0xf4) return {4, kContinuation};
  if (first == 0xf4) return {4, {0x80, 0x8f}};
  return {0, kContinuation};
}

}  // namespace

bool is_utf8(BytesView octets) {
  while (!octets.empty()) {
    const Sequence sequence = sequence_of(octets.front());
    if (sequence.length == 0 || sequence.length > octets.size()) return false;
    if (sequence.length > 1 && !sequence.second.contain(octets[1])) return false;
    for (std::size_t i = 2; i < sequence.length; ++i) {
      if (!kContinuation.contain(octets[i])) return false;
    }
    octets.remove_prefix(sequence.length);
  }
  return true;
}

}  // namespace ringback
