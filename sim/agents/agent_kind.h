// What kinds of agent a program can run in-process: those that are built in, and those that its author brought along.
//
//   const std::vector<AgentKind> own = {{.name = "desk", .summary = "retries=N (5)", .make = make_desk}};
//   std::unique_ptr<Agent> agent = make_agent(AgentSpec::parse("own:desk?retries=2"), own);
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/agents/agent_spec.h"
#include "sim/agents/port.h"

namespace ringback::sim {

struct AgentKind {
  std::string name;     // lower-case letters, digits, - and _
  std::string summary;  // one line for --help: what it is, and its options with their defaults
  // A new agent for one run. Throws Error for options that it does not take (AgentOptions does).
  std::function<std::unique_ptr<Agent>(const AgentSpec& spec)> make;
};

// Throws Error where two kinds have one name, a name is not written as above, or there is nothing that makes one.
void check_agent_kinds(std::span<const AgentKind> own);

// Throws Error, which says what there is, for a name that is in neither the builtin kinds nor `own`.
std::unique_ptr<Agent> make_agent(const AgentSpec& spec, std::span<const AgentKind> own);

// For --help: a line for each kind, the builtin ones first, each indented by two spaces.
std::string agents_help(std::span<const AgentKind> own);

}  // namespace ringback::sim
