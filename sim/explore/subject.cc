#include "sim/explore/subject.h"

#include <algorithm>

#include "sim/check/metrics.h"
#include "sim/explore/features.h"
#include "sim/run/run.h"
#include "src/base/error.h"

namespace ringback::sim {

bool has_failure(const Outcome& outcome, const Signature& signature) {
  return std::any_of(outcome.failures.begin(), outcome.failures.end(),
                     [&](const Failure& failure) { return failure.signature == signature; });
}

RunResult Subject::replay(const trace::Trace& recording, const Case& one) {
  const Schedule schedule =
      parts_.base.faults.empty() && parts_.base.answers.empty() ? one.schedule : merge({parts_.base, one.schedule});
  const auto play = [&](const trace::Trace& input) {
    const std::unique_ptr<Agent> agent = parts_.make_agent(input, schedule);
    return run_scenario({.recording = input,
                         .schedule = schedule,
                         .seed = one.seed,
                         .caller = parts_.caller,
                         .is_lenient = true,
                         .reaction = one.reaction},
                        *agent);
  };
  return one.mutations.empty() ? play(recording) : play(mutated(recording, one.mutations));
}

Outcome Subject::run(const trace::Trace& recording, const Case& one) {
  const RunResult result = replay(recording, one);
  return outcome_of(result, parts_.expectations, one, parts_.base.faults.size());
}

Outcome outcome_of(const RunResult& result, const Expectations& expectations, const Case& one,
                   std::size_t base_faults) {
  const Timeline timeline = build_timeline(result.run, result.end);
  const std::vector<PropertyResult> properties = check_run(result, timeline, expectations);
  Outcome outcome{.digest = result.digest,
                  .failures = failures_of(result, timeline, properties),
                  .features = features_of(result.run, measure(timeline)),
                  .end = result.end,
                  .is_tainted = !result.taints.empty(),
                  .rests_on_reaction = !result.stand_ins.empty()};
  const std::size_t faults = base_faults + one.schedule.faults.size();
  RINGBACK_CHECK(result.faults.size() >= faults, "a run tells of every fault: {} of {}", result.faults.size(), faults);
  for (std::size_t i = base_faults; i < faults; ++i) outcome.fired.push_back(result.faults[i].fired);
  return outcome;
}

}  // namespace ringback::sim
