// The figures of a run, as `replay --json` gives them. Nothing stands where the recording does not allow a measurement,
// or nothing happened that could be measured.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/check/timeline.h"

namespace ringback::sim {

struct Metrics {
  std::optional<Duration> dead_air_max;  // the longest wait; 0 where the caller never waited
  std::optional<Duration> first_audio_p95;
  std::optional<Duration> ftl_p95;
  std::uint64_t retries_max = 0;
  std::uint64_t identical_requests_max = 0;
  // The longest time from a failure (a tool's first in a row, a broken connection) until the tool answered well, a
  // response began on a new connection, or something was said about it; until the end of the call where none of these
  // came.
  std::optional<Duration> recovery_max;

  friend bool operator==(const Metrics&, const Metrics&) = default;
};

Metrics measure(const Timeline& timeline);

}  // namespace ringback::sim
