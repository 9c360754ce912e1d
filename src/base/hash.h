// Hashes with a fixed meaning across machines, compilers and releases.
//
// `Digest` (SHA-256, OpenSSL) is identity: it is what a stranger's file cannot forge. `Hash128` and `hash64` (XXH3,
// xxHash 0.8) find corruption and key our own tables; they are fast and not collision-resistant against an author of
// files.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>

#include "src/base/bytes.h"

namespace ringback {

struct Digest {
  std::array<std::uint8_t, 32> octets{};
  auto operator<=>(const Digest&) const = default;
};

struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Hash128&) const = default;
};

// 64 lower-case hexadecimal digits.
std::string to_hex(const Digest& digest);
// 32 lower-case hexadecimal digits.
std::string to_hex(const Hash128& hash);

std::uint64_t hash64(BytesView data, std::uint64_t seed = 0);
Hash128 hash128(BytesView data, std::uint64_t seed = 0);

// SHA-256 over all that was added. One object, one digest: after `finish` it is spent.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void add(BytesView data);
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest sha256(BytesView data);

// A 128-bit value after every event: value_n = XXH3-128(row_n, seed = value_(n-1).low) xor'ed with value_(n-1).high in
// the upper half. Two runs whose values are equal after event n had the same n rows.
class Chain {
 public:
  void add(BytesView row);
  const Hash128& value() const { return value_; }

 private:
  Hash128 value_;
};

}  // namespace ringback
