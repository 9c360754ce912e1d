#include "src/base/random.h"

#include <array>
#include <cstring>

#include "src/base/bytes.h"
#include "src/base/error.h"
#include "src/base/hash.h"

namespace ringback {
namespace {

void append_u64(Bytes& out, std::uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<char>(value >> shift));
}

// Length-prefixed, so that ("ab", "c") and ("a", "bc") are different keys.
void append_text(Bytes& out, std::string_view text) {
  append_u64(out, text.size());
  out.append(text);
}

}  // namespace

RandomStream::RandomStream(const RandomKey& key) {
  Bytes canonical;
  append_u64(canonical, key.seed);
  append_text(canonical, key.domain);
  append_text(canonical, key.entity);
  append_text(canonical, key.purpose);
  key_hash_ = hash64(canonical);
}

std::uint64_t RandomStream::bits(std::uint64_t index) const {
  std::array<char, 8> octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<char>(index >> (8 * i));
  return hash64(BytesView(octets.data(), octets.size()), key_hash_);
}

std::uint64_t RandomStream::below(std::uint64_t index, std::uint64_t bound) const {
  RINGBACK_CHECK(bound > 0, "a draw has at least one outcome");
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(bits(index)) * bound) >> 64);
}

bool RandomStream::chance(std::uint64_t index, Ratio ratio) const {
  RINGBACK_CHECK(ratio.denominator > 0, "a probability has a denominator");
  return below(index, ratio.denominator) < ratio.numerator;
}

}  // namespace ringback
