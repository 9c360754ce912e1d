// The figures of a run, as `replay --json` gives them. Nothing stands where the recording does not allow a measurement,
// or nothing happened that could be measured.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "sim/check/latencies.h"
#include "sim/check/timeline.h"

namespace ringback::sim {

struct Metrics {
  std::optional<Duration> dead_air_max;  // the longest wait; 0 where the caller never waited
  std::optional<Duration> first_audio_p95;
  std::optional<Duration> ftl_p95;
  std::uint64_t retries_max = 0;
  std::uint64_t identical_requests_max = 0;
  // The longest time from what went wrong to the first turn that went well (recoveries.h).
  std::optional<Duration> recovery_max;
  bool recovery_is_censored = false;  // recovery_max is a lower bound: no turn went well before the call was over

  // From the end of the caller's turn; by Stage. Nothing for a stage that never came.
  std::array<std::optional<Duration>, kStages> stage_p95;
  std::optional<Duration> barge_in_max;   // from the caller's first sound over the agent to its silence
  std::optional<Duration> talk_over_max;  // both heard at once; 0 where never
  std::optional<Duration> truncation_error_max;
  std::optional<std::uint64_t> underruns;
  // Attempts after a failure, over all tools, by who made them.
  std::uint64_t retries_by_agent = 0;
  std::uint64_t retries_by_sdk = 0;
  std::uint64_t retries_by_model = 0;
  std::optional<std::uint64_t> input_tokens;  // as the model reports its usage
  std::optional<std::uint64_t> output_tokens;
  Duration audio_in;   // sound that was sent to the model
  Duration audio_out;  // sound that came from it

  friend bool operator==(const Metrics&, const Metrics&) = default;
};

Metrics measure(const Timeline& timeline);

}  // namespace ringback::sim
