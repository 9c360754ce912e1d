// The agents that come with ringback, by name.
#pragma once

#include <memory>

#include "sim/agents/agent_spec.h"
#include "sim/agents/port.h"

namespace ringback::sim {

// Throws Error for a name that does not exist, or options that the agent does not take.
std::unique_ptr<Agent> make_builtin_agent(const AgentSpec& spec);

}  // namespace ringback::sim
