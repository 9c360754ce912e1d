// Integers as little-endian octets, on any machine.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "src/base/bytes.h"

namespace ringback::trace {

// Writes sizeof(Integer) octets at `out`.
template <class Integer>
void store_little_endian(Integer value, char* out) {
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(out, &value, sizeof value);
  } else {
    const auto bits = static_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < sizeof value; ++i) out[i] = static_cast<char>(bits >> (8 * i) & 0xff);
  }
}

// Reads sizeof(Integer) octets at `in`.
template <class Integer>
Integer load_little_endian(const char* in) {
  if constexpr (std::endian::native == std::endian::little) {
    Integer value;
    std::memcpy(&value, in, sizeof value);
    return value;
  } else {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < sizeof(Integer); ++i) {
      bits |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(in[i])) << (8 * i);
    }
    return static_cast<Integer>(bits);
  }
}

template <class Integer>
void append_little_endian(Integer value, Bytes& out) {
  char octets[sizeof(Integer)];
  store_little_endian(value, octets);
  out.append(octets, sizeof octets);
}

}  // namespace ringback::trace
