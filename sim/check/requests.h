// Equal requests to one tool: same channel, same canonical arguments.
#pragma once

#include <string>
#include <vector>

#include "sim/check/timeline.h"

namespace ringback::sim {

struct EqualRequests {
  std::string channel;
  std::string arguments;
  std::vector<const ToolExchange*> attempts;  // in order; they point into the timeline
  // The longest row of attempts each of which followed a failure of the one before: 0 where none was retried.
  std::uint64_t retries = 0;
  const ToolExchange* last_retry = nullptr;  // of that row
};

// In order of their first request.
std::vector<EqualRequests> equal_requests(const Timeline& timeline);

// Whether a tool that failed here answered well later, for whatever arguments.
bool recovered_after(const Timeline& timeline, const ToolExchange& failure);

// Failures that nothing followed up: the last attempt of each group of equal requests that went wrong, or was never
// answered, and was not recovered.
std::vector<const ToolExchange*> unrecovered_failures(const Timeline& timeline);

// "malformed: {not-json", "status 500", "no answer", for evidence. One line.
std::string describe_outcome(const ToolExchange& exchange);
// `text` on one line, at most `length_max` octets (at least 3) of valid UTF-8; control characters become spaces.
std::string one_line(const std::string& text, std::size_t length_max);

}  // namespace ringback::sim
