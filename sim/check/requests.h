// Equal requests to one tool: same channel, same canonical arguments.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/check/properties.h"
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

// Whether what was asked may have been done: unless it never reached the tool, or the tool refused it (400 to 499).
bool may_have_been_done(const ToolExchange& exchange);

// Who tried again: `retry` follows `failed`, an equal request.
//
// The model did where it called the function anew, with these arguments, after the failure; a library did where the
// request's headers say so; else the agent did.
class RetryJudge {
 public:
  explicit RetryJudge(const Timeline& timeline);
  Retrier who(const ToolExchange& failed, const ToolExchange& retry) const;

 private:
  std::map<std::pair<std::string, std::string>, std::vector<VirtualTime>> calls_;  // by function and arguments
};

// Whether the attempt follows a failure of the one before it.
bool follows_failure(const ToolExchange& before, const ToolExchange& attempt);

// The last part of a tool's name, which is how the model calls it: "lookup_patient" of "tool:ehr.lookup_patient".
std::string function_of(const std::string& channel);

// Failures that nothing followed up: the last attempt of each group of equal requests that went wrong, or was never
// answered, and was not recovered.
std::vector<const ToolExchange*> unrecovered_failures(const Timeline& timeline);

// "malformed: {not-json", "status 500", "no answer", for evidence. One line.
std::string describe_outcome(const ToolExchange& exchange);
// `text` on one line, at most `length_max` octets (at least 3) of valid UTF-8; control characters become spaces.
std::string one_line(const std::string& text, std::size_t length_max);

}  // namespace ringback::sim
