// The agents that come with ringback, by name.
#pragma once

#include <memory>
#include <vector>

#include "sim/agents/agent_kind.h"

namespace ringback::sim {

// In the order of --help.
std::vector<AgentKind> builtin_agents();

// Throws Error for a name that does not exist, or options that the agent does not take.
std::unique_ptr<Agent> make_builtin_agent(const AgentSpec& spec);

}  // namespace ringback::sim
