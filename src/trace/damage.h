// Damage in a trace file, as an Error that still knows its parts.
//
// Everything that reads a file throws this where the octets are not what an undamaged, finished trace has at that
// place. `verify` turns it into a value; everybody else lets it reach the user as one line.
#pragma once

#include <cstdint>
#include <string>

#include "src/base/error.h"

namespace ringback::trace {

class DamageError final : public Error {
 public:
  DamageError(const std::string& file, std::uint64_t offset, std::string expected, std::string found)
      : Error(fmt::format("{}: offset {}: expected {}, found {}", file, offset, expected, found)),
        offset_(offset),
        expected_(std::move(expected)),
        found_(std::move(found)) {}

  // Where in the file, in octets from its start.
  std::uint64_t offset() const { return offset_; }
  const std::string& expected() const { return expected_; }
  const std::string& found() const { return found_; }

 private:
  std::uint64_t offset_ = 0;
  std::string expected_;
  std::string found_;
};

// Where octets under inspection came from. The name must outlive it.
struct Place {
  const std::string& file;
  std::uint64_t offset = 0;
};

[[noreturn]] inline void damaged(const Place& place, std::string expected, std::string found) {
  throw DamageError(place.file, place.offset, std::move(expected), std::move(found));
}

}  // namespace ringback::trace
