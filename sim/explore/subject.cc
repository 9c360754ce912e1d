#include "sim/explore/subject.h"

#include <algorithm>
#include <set>

#include "sim/explore/features.h"
#include "sim/peers/recorded_world.h"
#include "sim/run/run.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

std::set<trace::ChannelKind> changed_kinds(const Case& one, const trace::ChannelTable& channels) {
  std::set<trace::ChannelKind> kinds;
  for (const Mutation& mutation : one.mutations) {
    if (const trace::Channel* channel = channels.find(mutation.channel)) kinds.insert(channel->kind);
  }
  return kinds;
}

}  // namespace

bool has_failure(const Outcome& outcome, const Signature& signature) {
  return std::any_of(outcome.failures.begin(), outcome.failures.end(),
                     [&](const Failure& failure) { return failure.signature == signature; });
}

RunResult Subject::replay(const Tape& tape, const Case& one, RunDigest digest) const {
  const Schedule schedule =
      parts_.base.faults.empty() && parts_.base.answers.empty() ? one.schedule : merge({parts_.base, one.schedule});
  const auto play = [&](const trace::Trace& input, const RecordedWorld& world) {
    const std::unique_ptr<Agent> agent = parts_.make_agent(input, schedule);
    return run_scenario({.recording = input,
                         .schedule = schedule,
                         .seed = one.seed,
                         .caller = parts_.caller,
                         .is_lenient = true,
                         .reaction = one.reaction,
                         .limit = {},
                         .world = &world,
                         .digest = digest},
                        *agent);
  };
  if (one.mutations.empty()) return play(*tape, tape.world());
  const trace::Trace changed = mutated(*tape, one.mutations);
  return play(changed, read_changed_world(tape.world(), changed, changed_kinds(one, changed.channels)));
}

Outcome Subject::run(const Tape& tape, const Case& one, RunDigest digest) const {
  const RunResult result = replay(tape, one, digest);
  return outcome_of(result, parts_.expectations, one, parts_.base.faults.size());
}

Outcome outcome_of(const RunResult& result, const Expectations& expectations, const Case& one,
                   std::size_t base_faults) {
  const Timeline timeline = build_timeline(result.run, result.end);
  const std::vector<PropertyResult> properties = check_run(result, timeline, expectations);
  Outcome outcome{.digest = result.digest,
                  .chain = result.chain,
                  .failures = failures_of(result, timeline, properties),
                  .features = features_of(result.run, timeline),
                  .end = result.end,
                  .is_tainted = !result.taints.empty(),
                  .rests_on_reaction = !result.stand_ins.empty()};
  const std::size_t faults = base_faults + one.schedule.faults.size();
  RINGBACK_CHECK(result.faults.size() >= faults, "a run tells of every fault: {} of {}", result.faults.size(), faults);
  for (std::size_t i = base_faults; i < faults; ++i) outcome.fired.push_back(result.faults[i].fired);
  return outcome;
}

}  // namespace ringback::sim
