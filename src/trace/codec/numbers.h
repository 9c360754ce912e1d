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

// Replaces each value by the zigzag of its difference to the one before (the first: to 0), modulo 2^64.
void to_differences(std::vector<std::uint64_t>& values);

// Packs `values` with as few planes as they need; `planes` receives the octets and must outlive the result.
Numbers pack(const std::vector<std::uint64_t>& values, Bytes& planes);

// Goes through a stored column, number by number, where it stands.
class Column {
 public:
  Column() = default;
  // Throws DamageError unless `packed` holds exactly `count` numbers.
  Column(const Numbers& packed, std::size_t count, const Place& place);

  // At most as often as there are numbers.
  std::uint64_t next() {
    const std::size_t at = next_++;
    if (width_ == 0) return base_;
    std::uint64_t value = base_ + octet(at);
    for (unsigned plane = 1; plane < width_; ++plane) value += octet(at + plane * count_) << (8 * plane);
    return value;
  }
  bool is_constant() const { return width_ == 0; }

 private:
  std::uint64_t octet(std::size_t at) const { return static_cast<std::uint8_t>(planes_[at]); }

  std::uint64_t base_ = 0;
  unsigned width_ = 0;
  std::size_t count_ = 0;
  std::size_t next_ = 0;
  const char* planes_ = nullptr;
};

// The same for a column of differences: `next` gives the values.
class RunningColumn {
 public:
  RunningColumn() = default;
  // `step` is added with every difference, and the value before the first one is `start`.
  explicit RunningColumn(const Column& differences, std::uint64_t start = 0, std::uint64_t step = 0)
      : differences_(differences), value_(start), step_(step) {}
  std::uint64_t next() { return value_ += step_ + unzigzag(differences_.next()); }

 private:
  Column differences_;
  std::uint64_t value_ = 0;
  std::uint64_t step_ = 0;
};

}  // namespace ringback::trace
