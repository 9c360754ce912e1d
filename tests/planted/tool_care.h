// A tool call with care, as the small agents of the bug hunt make it: attempts with a limit, waits that double up to a
// cap, a deadline over all of it. Each field is a decision that people get wrong.
#pragma once

#include <optional>
#include <string>

#include "include/ringback/agent.h"

namespace ringback::planted {

struct ToolCare {
  bool is_repeatable = true;  // false: asked again only where the request never left
  int retries = 2;
  Duration backoff = milliseconds(200);
  Duration backoff_max = seconds(1);
  Duration attempt_limit = milliseconds(1500);
  Duration deadline = milliseconds(4000);  // of all attempts and waits
  bool cuts_at_deadline = true;            // false: looked at between attempts alone
  bool notices_failures = true;            // false: a connection that breaks is waited for
  bool checks_status = true;
  bool checks_body = true;
};

// The body of a good answer; nothing where there was none.
Task<std::optional<Bytes>> call_with_care(AgentWorld& world, ToolCare care, std::string function, Bytes arguments);

}  // namespace ringback::planted
