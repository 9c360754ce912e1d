// What explore, shrink and repro share: the recording, the agent and the properties of a search.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/explore/repro.h"
#include "sim/explore/subject.h"
#include "tools/ringback/agent_choice.h"
#include "tools/ringback/command.h"

namespace ringback::cli {

// As the user writes them: options of `explore`.
struct SearchOptions {
  std::string trace;
  AgentChoice agent;
  std::vector<std::string> faults;
  std::optional<std::string> expect;
  std::string caller = "turn-taking";
};

// Everything that a search runs. Throws Error for what cannot be run, before anything long begins.
struct SearchInput {
  trace::Trace recording;
  sim::Schedule base;
  sim::Expectations expectations = sim::default_expectations();
  AgentChoice agent;
  std::string caller = "turn-taking";
};
SearchInput read_search(const SearchOptions& options, Context& context);

// Lives as long as `input` and `agents`.
std::unique_ptr<sim::Subject> make_subject(const SearchInput& input, const std::vector<sim::AgentKind>& agents);

// The repro of one failing case, with the user's own overlay laid under it.
sim::Repro repro_of(const SearchInput& input, const sim::Case& one, const sim::Failure& failure, const Digest& digest);
// With the agent that the user names, else the repro's own. A command in a file comes from a stranger: throws Error,
// which prints it, unless `trust`.
SearchInput input_of(const sim::Repro& repro, const AgentChoice& agent, bool trust);

}  // namespace ringback::cli
