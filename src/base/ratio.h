// A probability or a factor as two integers. No floating point decides anything.
#pragma once

#include <compare>
#include <cstdint>

namespace ringback {

struct Ratio {
  std::uint64_t numerator = 0;
  std::uint64_t denominator = 1;  // never 0

  friend bool operator==(const Ratio&, const Ratio&) = default;
};

}  // namespace ringback
