#include "tools/ringback/search.h"

#include "sim/agents/agent_kind.h"
#include "sim/faults/parse.h"
#include "sim/run/recording_of_run.h"
#include "src/base/error.h"
#include "src/host/file.h"
#include "src/process/process_agent.h"
#include "tools/ringback/shell.h"
#include "tools/ringback/trace_file.h"
#include "tools/ringback/version.h"

namespace ringback::cli {

namespace {

void check_agent(const AgentChoice& choice, const std::vector<sim::AgentKind>& agents) {
  if (choice.agent.has_value() == !choice.command.empty()) {
    fail("expected either --agent, such as --agent builtin:voice, or a command after --, such as -- node agent.mjs");
  }
  if (choice.agent) sim::make_agent(sim::AgentSpec::parse(*choice.agent), agents);  // wrong options are told at once
}

process::ProcessOptions child_of(const AgentChoice& choice) {
  process::ProcessOptions child{.command = choice.command};
  if (!choice.dial.empty()) child.dial = choice.dial;
  return child;
}

}  // namespace

void declare_agent(Arguments& arguments, AgentChoice& choice) {
  arguments.option("--agent", "AGENT", choice.agent, "as for replay");
  arguments.option("--dial", "URL", choice.dial, "where the caller reaches the command, as for replay");
  arguments.after_dashes("COMMAND", choice.command, "the agent as a child process");
}

std::string text_of(const AgentChoice& agent) { return agent.agent ? *agent.agent : shell_command(agent.command); }

SearchInput read_search(const SearchOptions& options, Context& context) {
  check_agent(options.agent, context.agents);
  if (options.caller != "turn-taking" && options.caller != "open-loop") {
    fail("--caller: expected turn-taking or open-loop, found '{}'", options.caller);
  }
  SearchInput input{.agent = options.agent, .is_open_loop = options.caller == "open-loop"};
  std::vector<sim::Schedule> overlays;
  for (const std::string& path : options.faults) overlays.push_back(sim::parse_schedule(path, host::read_whole(path)));
  input.base = sim::merge(overlays);
  if (options.expect) input.expectations = sim::parse_expectations(*options.expect, host::read_whole(*options.expect));
  input.recording = load_trace(options.trace, context);
  if (sim::is_run(input.recording)) input.recording = sim::recording_of_run(input.recording);
  return input;
}

std::unique_ptr<sim::InProcessSubject> make_subject(const SearchInput& input,
                                                    const std::vector<sim::AgentKind>& agents) {
  check_agent(input.agent, agents);
  const auto make = [choice = input.agent, &agents](const trace::Trace& recording, const sim::Schedule& schedule) {
    if (choice.agent) return sim::make_agent(sim::AgentSpec::parse(*choice.agent), agents);
    return std::unique_ptr<sim::Agent>(std::make_unique<process::ProcessAgent>(child_of(choice), recording, schedule));
  };
  return std::make_unique<sim::InProcessSubject>(
      sim::InProcessSubject::Parts{.make_agent = make,
                                   .expectations = input.expectations,
                                   .base = input.base,
                                   .caller = {.open_loop = input.is_open_loop}});
}

sim::Repro repro_of(const SearchInput& input, const sim::Case& one, const sim::Failure& failure, const Digest& digest) {
  sim::Case whole = one;
  whole.schedule = sim::merge({input.base, one.schedule});
  return {.recording = input.recording,
          .one = std::move(whole),
          .agent = input.agent.agent.value_or(""),
          .command = input.agent.command,
          .dial = input.agent.dial,
          .expectations = input.expectations,
          .failure = failure.signature,
          .finding = failure.finding,
          .digest = digest,
          .is_open_loop = input.is_open_loop,
          .made_by = fmt::format("ringback {}", version())};
}

SearchInput input_of(const sim::Repro& repro, const AgentChoice& agent, bool trust) {
  AgentChoice choice = agent;
  if (!agent.is_made()) {
    if (!repro.agent.empty()) choice.agent = repro.agent;
    choice.command = repro.command;
    choice.dial = repro.dial;
    if (repro.agent.empty() && !trust) {
      fail("the file's agent is the command `{}`, which may come from a stranger: run it by --trust, or name an agent",
           shell_command(repro.command));
    }
  }
  return {.recording = repro.recording,
          .expectations = repro.expectations,
          .agent = choice,
          .is_open_loop = repro.is_open_loop};
}

}  // namespace ringback::cli
