// Wall-clock times of foreign recordings. Text in, nanoseconds out: nothing here asks what time it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ringback::formats {

// Nanoseconds since 1970 of "2025-03-14T16:10:14.703Z", "2025-05-12T20:28:13.301227-04:00", or without a zone, which
// counts as UTC. Nothing where `text` is no such time, or does not fit.
std::optional<std::int64_t> parse_iso_time(std::string_view text);

}  // namespace ringback::formats
