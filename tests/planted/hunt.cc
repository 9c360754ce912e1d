#include "tests/planted/hunt.h"

#include "sim/check/metrics.h"
#include "sim/report/text.h"
#include "tests/planted/recordings.h"

namespace ringback::planted {
namespace {

sim::Expectations expectations_of(const Planted& bug) {
  return sim::parse_expectations(bug.name, "ringback: 1\nproperties:\n  - " + bug.property + "\n");
}

sim::Subject subject_of(const Planted& bug, bool is_flawed) {
  return sim::Subject({.make_agent = [&bug, is_flawed](auto&&...) { return bug.make(is_flawed); },
                       .expectations = expectations_of(bug),
                       .base = {},
                       .caller = {}});
}

}  // namespace

Hunt::Hunt(const Planted& bug)
    : bug_(bug), tape_(recording_named(bug.recording)), flawed_(subject_of(bug, true)), twin_(subject_of(bug, false)) {}

std::string Hunt::fails_without_a_case() { return fails_with({}); }

std::string Hunt::fails_with(const sim::Case& one) {
  const sim::Outcome outcome = flawed_.run(tape_, one);
  return outcome.failures.empty() ? "" : outcome.failures.front().finding;
}

std::optional<Found> Hunt::search(const HuntOptions& options) { return search(options, flawed_); }
std::optional<Found> Hunt::search_twin(const HuntOptions& options) { return search(options, twin_); }

std::optional<Found> Hunt::search(const HuntOptions& options, sim::Subject& subject) const {
  const sim::Generator generator(*tape_, sim::find_sites(subject.replay(tape_, {}).run),
                                 {.swarm = options.swarm, .varies_reaction = bug_.varies_reaction, .only = bug_.only});
  sim::Campaign campaign(generator, {.seed = options.seed, .cases = options.cases, .feedback = options.feedback});
  while (!campaign.is_over()) {
    std::vector<sim::Outcome> outcomes;
    for (const sim::Case& one : campaign.next_round()) {
      outcomes.push_back(subject.run(tape_, one));
      if (outcomes.back().failures.empty()) continue;
      // The rounds before are whole, so this is the case that the whole campaign would find first.
      return Found{.cases = campaign.taken() + outcomes.size(),
                   .one = one,
                   .digest = outcomes.back().digest,
                   .finding = outcomes.back().failures.front().finding};
    }
    campaign.take(outcomes);
  }
  return std::nullopt;
}

std::uint64_t Hunt::reproduced(const Found& found, std::uint64_t times) {
  std::uint64_t same = 0;
  for (std::uint64_t i = 0; i < times; ++i) same += flawed_.replay(tape_, found.one).digest == found.digest ? 1 : 0;
  return same;
}

std::string Hunt::report(const Found& found, bool is_flawed) {
  const sim::RunResult result = (is_flawed ? flawed_ : twin_).replay(tape_, found.one);
  const sim::Timeline timeline = sim::build_timeline(result.run, result.end);
  const std::vector<sim::PropertyResult> properties = sim::check_run(result, timeline, expectations_of(bug_));
  const sim::Metrics metrics = sim::measure(timeline);
  return sim::render_text({.result = result,
                           .timeline = timeline,
                           .properties = properties,
                           .metrics = metrics,
                           .trace = bug_.recording,
                           .agent = bug_.name,
                           .command = {},
                           .wall_ns = {}},
                          {.color = sim::Color::off, .signs = sim::Signs::ascii});
}

trace::Trace Hunt::run_of(const Found& found, bool is_flawed) {
  return (is_flawed ? flawed_ : twin_).replay(tape_, found.one).run;
}

std::string Hunt::twin_fails_with(const Found& found) {
  const sim::Outcome outcome = twin_.run(tape_, found.one);
  return outcome.failures.empty() ? "" : outcome.failures.front().finding;
}

}  // namespace ringback::planted
