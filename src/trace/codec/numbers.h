// Columns of unsigned integers as byte planes (schema: Numbers).
#pragma once

#include <cstdint>
#include <vector>

#include "src/base/bytes.h"
#include "src/trace/damage.h"

namespace ringback::trace {

// A stored column; `planes` belong to somebody else.
struct Numbers {
  std::uint64_t base = 0;
  std::uint8_t width = 0;
  BytesView planes;
};

// 0, -1, 1, -2, ... <-> 0, 1, 2, 3, ...: small distances of either sign become small numbers. Both are total.
constexpr std::uint64_t zigzag(std::uint64_t difference) { return (difference << 1) ^ (0 - (difference >> 63)); }
constexpr std::uint64_t unzigzag(std::uint64_t code) { return (code >> 1) ^ (0 - (code & 1)); }

// Replaces each value by the zigzag of its difference to the one before (the first: to 0), modulo 2^64; and back.
void to_differences(std::vector<std::uint64_t>& values);
void from_differences(std::vector<std::uint64_t>& values);

// Packs `values` with as few planes as they need; `planes` receives the octets and must outlive the result.
Numbers pack(const std::vector<std::uint64_t>& values, Bytes& planes);
// Throws DamageError unless `packed` holds exactly `count` numbers.
void unpack(const Numbers& packed, std::size_t count, std::vector<std::uint64_t>& values, const Place& place);

}  // namespace ringback::trace
