// A repro as a regression test of the user's own suite, as source text.
#pragma once

#include <string>
#include <string_view>

#include "sim/explore/repro.h"
#include "tools/ringback/agent_choice.h"

namespace ringback::cli {

// `suite` is catch2, pytest or node; `file` the repro's file, which the test expects beside itself (Catch2: in the
// working folder); `agent` the one that the test runs. Throws Error for another suite, and for Catch2 where the agent
// is a command.
std::string as_test(std::string_view suite, const sim::Repro& repro, const AgentChoice& agent, std::string_view file);

}  // namespace ringback::cli
