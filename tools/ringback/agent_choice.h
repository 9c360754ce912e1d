// The agent under test as a user names it: one that runs in this process, or a command.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/agents/agent_kind.h"
#include "sim/faults/schedule.h"
#include "src/process/fingerprint.h"
#include "src/trace/trace.h"
#include "tools/ringback/command.h"

namespace ringback::cli {

struct AgentChoice {
  std::optional<std::string> agent;      // "builtin:voice?retries=5"
  std::vector<std::string> command;      // behind --
  std::optional<std::string> dial;       // where the caller reaches the command; nothing: the usual place
  std::vector<std::string> environment;  // NAME=VALUE, for the command
  std::optional<std::string> cpu;        // what its work costs; nothing: none

  bool is_made() const { return agent.has_value() || !command.empty(); }
};

// --agent, --dial, --env, --cpu and the words behind --.
void declare_agent(Arguments& arguments, AgentChoice& choice);

// Throws Error unless the choice is one of the two, and can be started.
void check_agent(const AgentChoice& choice, const std::vector<sim::AgentKind>& own);

// For one run; `recording` and `schedule` outlive the agent. Throws Error as check_agent does.
std::unique_ptr<sim::Agent> make_agent(const AgentChoice& choice, const std::vector<sim::AgentKind>& own,
                                       const trace::Trace& recording, const sim::Schedule& schedule);

// What a command runs in, as lines of "name: value" (docs/determinism.md); empty for an agent in this process.
process::Fingerprint fingerprint_of(const AgentChoice& choice);

// For people and for shells: "builtin:voice", "node agent.mjs".
std::string text_of(const AgentChoice& choice);
// The words that name it again on a command line.
std::vector<std::string> words_of(const AgentChoice& choice);

}  // namespace ringback::cli
