// When a line of a JSON log was written, by the names that such logs use.
//
// "time_ns", "at_ns" are nanoseconds; "time_ms", "at_ms", "timestamp_ms" milliseconds; "time", "at", "ts", "timestamp"
// are seconds with a fraction, or a text as ISO 8601 writes it; a number of 100,000,000,000 or more is milliseconds
// since 1970.
#pragma once

#include <cstdint>
#include <optional>

#include "src/formats/document.h"

namespace ringback::formats {

// In nanoseconds on the log's own clock; nothing where the line has none of these. Throws Error where it has one that
// is no time.
std::optional<std::int64_t> line_time_ns(const Node& line);

// Turns a log's clock into virtual time: 0 at its first line; a clock that was set back stands still.
class LineClock final {
 public:
  VirtualTime at(std::int64_t ns);
  // Wall clock at virtual time 0 where the log's clock counts from 1970, else 0.
  std::int64_t wall_start_ns() const;

 private:
  std::optional<std::int64_t> start_ns_;
  VirtualTime last_;
};

}  // namespace ringback::formats
