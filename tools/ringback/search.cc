#include "tools/ringback/search.h"

#include "sim/agents/agent_kind.h"
#include "sim/faults/parse.h"
#include "sim/run/recording_of_run.h"
#include "src/base/error.h"
#include "src/host/file.h"
#include "tools/ringback/trace_file.h"
#include "tools/ringback/version.h"

namespace ringback::cli {

SearchInput read_search(const SearchOptions& options, Context& context) {
  if (!options.agent.has_value()) fail("expected --agent, such as --agent builtin:voice");
  if (options.caller != "turn-taking" && options.caller != "open-loop") {
    fail("--caller: expected turn-taking or open-loop, found '{}'", options.caller);
  }
  SearchInput input{.agent = *options.agent, .is_open_loop = options.caller == "open-loop"};
  sim::make_agent(sim::AgentSpec::parse(input.agent), context.agents);  // wrong options are told at once
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
  const sim::AgentSpec spec = sim::AgentSpec::parse(input.agent);
  sim::make_agent(spec, agents);
  return std::make_unique<sim::InProcessSubject>(
      sim::InProcessSubject::Parts{.make_agent = [spec, &agents] { return sim::make_agent(spec, agents); },
                                   .expectations = input.expectations,
                                   .base = input.base,
                                   .caller = {.open_loop = input.is_open_loop}});
}

sim::Repro repro_of(const SearchInput& input, const sim::Case& one, const sim::Failure& failure, const Digest& digest) {
  sim::Case whole = one;
  whole.schedule = sim::merge({input.base, one.schedule});
  return {.recording = input.recording,
          .one = std::move(whole),
          .agent = input.agent,
          .expectations = input.expectations,
          .failure = failure.signature,
          .finding = failure.finding,
          .digest = digest,
          .is_open_loop = input.is_open_loop,
          .made_by = fmt::format("ringback {}", version())};
}

SearchInput input_of(const sim::Repro& repro, const std::optional<std::string>& agent) {
  if (repro.agent.empty() && !agent) {
    fail("the repro's agent is a command ({}), which a file from a stranger does not start; name one by --agent",
         repro.command.empty() ? "none" : repro.command.front());
  }
  return {.recording = repro.recording,
          .expectations = repro.expectations,
          .agent = agent.value_or(repro.agent),
          .is_open_loop = repro.is_open_loop};
}

}  // namespace ringback::cli
