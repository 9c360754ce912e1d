// Draws the parts of a case, one at a time: a fault or a mutation of a kind, at a place that the run had. One part in
// three stands near another one, since much goes wrong only where two things meet.
//
// Only inside a RapidCheck generator (draws.h).
#pragma once

#include <vector>

#include "sim/explore/case.h"
#include "sim/explore/case_kinds.h"

namespace ringback::sim {

// When the parts that the case has so far act, as far as the run without faults can tell.
std::vector<VirtualTime> moments_of(const Case& one, const Sites& sites);

// `moments`: of the parts that are there. The fault has no id yet.
Fault draw_fault(const CaseKind& kind, const std::vector<VirtualTime>& moments);
Mutation draw_mutation(const CaseKind& kind, const std::vector<VirtualTime>& moments);

}  // namespace ringback::sim
