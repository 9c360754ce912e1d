#include "tools/ringback/search.h"

#include "sim/agents/agent_kind.h"
#include "sim/faults/parse.h"
#include "sim/run/recording_of_run.h"
#include "src/base/error.h"
#include "src/host/file.h"
#include "tools/ringback/shell.h"
#include "tools/ringback/trace_file.h"
#include "tools/ringback/version.h"

namespace ringback::cli {

SearchInput read_search(const SearchOptions& options, Context& context) {
  check_agent(options.agent, context.agents);
  sim::parse_caller_options(options.caller);
  SearchInput input{.agent = options.agent, .caller = options.caller};
  std::vector<sim::Schedule> overlays;
  for (const std::string& path : options.faults) overlays.push_back(sim::parse_schedule(path, host::read_whole(path)));
  input.base = sim::merge(overlays);
  if (options.expect) input.expectations = sim::parse_expectations(*options.expect, host::read_whole(*options.expect));
  input.recording = load_trace(options.trace, context);
  sim::restore_run(options.trace, input.recording, input.base);
  return input;
}

std::unique_ptr<sim::Subject> make_subject(const SearchInput& input, const std::vector<sim::AgentKind>& agents) {
  check_agent(input.agent, agents);
  const auto make = [choice = input.agent, &agents](const trace::Trace& recording, const sim::Schedule& schedule) {
    return make_agent(choice, agents, recording, schedule);
  };
  return std::make_unique<sim::Subject>(sim::Subject::Parts{.make_agent = make,
                                                            .expectations = input.expectations,
                                                            .base = input.base,
                                                            .caller = sim::parse_caller_options(input.caller)});
}

sim::Repro repro_of(const SearchInput& input, const sim::Case& one, const sim::Failure& failure, const Digest& digest) {
  sim::Case whole = one;
  whole.schedule = sim::merge({input.base, one.schedule});
  return {.recording = input.recording,
          .one = std::move(whole),
          .agent = input.agent.agent.value_or(""),
          .command = input.agent.command,
          .cpu = input.agent.cpu.value_or(""),
          .fingerprint = to_text(fingerprint_of(input.agent)),
          .dial = input.agent.dial.value_or(""),
          .environment = input.agent.environment,
          .expectations = input.expectations,
          .failure = failure.signature,
          .finding = failure.finding,
          .digest = digest,
          .caller = input.caller,
          .made_by = fmt::format("ringback {}", version())};
}

SearchInput input_of(const sim::Repro& repro, const AgentChoice& agent, bool trust) {
  AgentChoice choice = agent;
  if (!agent.is_made()) {
    if (!repro.agent.empty()) choice.agent = repro.agent;
    choice.command = repro.command;
    choice.environment = repro.environment;
    if (!repro.dial.empty()) choice.dial = repro.dial;
    if (!repro.cpu.empty()) choice.cpu = repro.cpu;
    if (repro.agent.empty() && !trust) {
      fail("the file's agent is the command `{}`, which may come from a stranger: run it by --trust, or name an agent",
           shell_command(repro.command));
    }
  }
  return {.recording = repro.recording, .expectations = repro.expectations, .agent = choice, .caller = repro.caller};
}

}  // namespace ringback::cli
