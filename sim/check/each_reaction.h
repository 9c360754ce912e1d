// One question asked of several runs, one for each reaction of the model: what holds must hold for each.
//
//   std::vector<ReactionRun> runs = ...;                     // one scenario under apologise, call-again, ...
//   std::vector<PropertyResult> answers = hold_for_each(runs);
#pragma once

#include <vector>

#include "sim/check/metrics.h"
#include "sim/check/property.h"
#include "sim/check/timeline.h"
#include "sim/run/result.h"

namespace ringback::sim {

// A run and what was found in it; result.reaction says which one it is.
struct ReactionRun {
  RunResult result;
  Timeline timeline;
  std::vector<PropertyResult> properties;
  Metrics metrics;
};

// For each property its worst verdict over the runs (failed, undecided, not measurable, held-if, held), with the
// evidence of the first run that has it. The condition names the reactions that have it, where not all do, or, of
// held-if, all of them. All runs were asked the same, in the same order; there is at least one.
std::vector<PropertyResult> hold_for_each(const std::vector<ReactionRun>& runs);

// The run that a report tells the story of: the first in which a property does not hold, or the first.
std::size_t telling_run(const std::vector<ReactionRun>& runs);

// A fault need not fire for every reaction: the times that it fired in all runs together.
std::vector<FaultOutcome> faults_over_all(const std::vector<ReactionRun>& runs);

}  // namespace ringback::sim
