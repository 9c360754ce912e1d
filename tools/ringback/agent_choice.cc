#include "tools/ringback/agent_choice.h"

#include "src/base/error.h"
#include "src/process/process_agent.h"
#include "tools/ringback/shell.h"

namespace ringback::cli {
namespace {

process::ProcessOptions child_of(const AgentChoice& choice) {
  process::ProcessOptions child{.command = choice.command};
  if (choice.dial) child.dial = *choice.dial;
  if (choice.cpu) child.cost = process::parse_work_cost(*choice.cpu);
  for (const std::string& variable : choice.environment) {
    const std::size_t equals = variable.find('=');
    if (equals == std::string::npos || equals == 0) fail("--env: expected NAME=VALUE, found '{}'", variable);
    child.environment.emplace_back(variable.substr(0, equals), variable.substr(equals + 1));
  }
  return child;
}

}  // namespace

void declare_agent(Arguments& arguments, AgentChoice& choice) {
  arguments.option("--agent", "AGENT", choice.agent,
                   "builtin:NAME?OPTION=VALUE&..., or own:NAME of a program with agents of its own");
  arguments.option(
      "--dial", "URL", choice.dial,
      "where a child takes calls (ws://localhost/media-stream, /chat; no port: the first that it listens on)");
  arguments.option("--env", "NAME=VALUE", choice.environment, "a variable of the child's environment; may be repeated");
  arguments.option("--cpu", "COST", choice.cpu,
                   "what a child's work costs in virtual time, such as call=2us,kilobyte=10us (default: nothing)");
  arguments.after_dashes("COMMAND", choice.command, "the agent as a child process");
}

void check_agent(const AgentChoice& choice, const std::vector<sim::AgentKind>& own) {
  if (choice.agent.has_value() == !choice.command.empty()) {
    fail(
        "expected an agent, either as --agent, such as --agent builtin:voice, or as a command after --, such as -- "
        "node agent.mjs; found {}",
        choice.agent.has_value() ? "both" : "none");
  }
  if (choice.agent) {
    sim::make_agent(sim::AgentSpec::parse(*choice.agent), own);
  } else {
    child_of(choice);
  }
}

std::unique_ptr<sim::Agent> make_agent(const AgentChoice& choice, const std::vector<sim::AgentKind>& own,
                                       const trace::Trace& recording, const sim::Schedule& schedule) {
  if (choice.agent) return sim::make_agent(sim::AgentSpec::parse(*choice.agent), own);
  return std::make_unique<process::ProcessAgent>(child_of(choice), recording, schedule);
}

process::Fingerprint fingerprint_of(const AgentChoice& choice) {
  if (choice.agent) return {};
  return process::fingerprint(child_of(choice));
}

std::string text_of(const AgentChoice& choice) { return choice.agent ? *choice.agent : shell_command(choice.command); }

std::vector<std::string> words_of(const AgentChoice& choice) {
  if (choice.agent) return {"--agent", *choice.agent};
  std::vector<std::string> words;
  if (choice.dial) words = {"--dial", *choice.dial};
  if (choice.cpu) words.insert(words.end(), {"--cpu", *choice.cpu});
  for (const std::string& variable : choice.environment) words.insert(words.end(), {"--env", variable});
  words.emplace_back("--");
  words.insert(words.end(), choice.command.begin(), choice.command.end());
  return words;
}

}  // namespace ringback::cli
