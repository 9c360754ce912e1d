// How the builtin agents call a tool: attempt by attempt, with a time-out and a growing pause between.
//
// A tool has failed when the connection did, the status is 400 or above, or the body is empty or broken JSON.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/agents/agent_spec.h"
#include "sim/agents/port.h"

namespace ringback::sim {

struct RetryOptions {
  std::uint32_t retries = 5;                     // after the first attempt
  Duration backoff = milliseconds(200);          // before the first retry, doubled each time
  std::optional<Duration> timeout = seconds(4);  // for each attempt
};
inline constexpr std::uint32_t kRetriesMax = 100;

// Reads `retries`, `backoff` and `timeout`.
RetryOptions parse_retry_options(AgentOptions& options);

// The first good answer, or nothing once every attempt has failed. `retries_left`, where given, is taken from and is
// the limit instead of options.retries. `world`, `options` and `retries_left` outlive the task.
Task<std::optional<ToolReply>> call_tool(AgentWorld& world, const RetryOptions& options, std::string function,
                                         Bytes arguments, std::uint32_t* retries_left = nullptr);

}  // namespace ringback::sim
