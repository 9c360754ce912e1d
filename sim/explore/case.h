// One case of a search: everything that is chosen beside the recording and the agent. Plain data: what was drawn is
// written down, stored, replayed and shrunk; how it was drawn no longer matters.
//
//   std::string text = to_text(one);             // stands in a corpus folder and in a repro
//   Case again = parse_case("case.yaml", text);  // equal
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/dialog/reaction.h"
#include "sim/explore/mutation.h"
#include "sim/faults/schedule.h"
#include "src/base/random.h"

namespace ringback::sim {

struct Case {
  Schedule schedule;
  std::vector<Mutation> mutations;  // of the recording, in this order
  Reaction reaction = Reaction::apologise;
  Seed seed = 0;  // of what the faults draw

  friend bool operator==(const Case&, const Case&) = default;
};

// The parts that a shrinker may leave out: faults first, then mutations.
inline std::size_t part_count(const Case& one) { return one.schedule.faults.size() + one.mutations.size(); }
// The case with those parts alone; positions ascending.
Case with_parts(const Case& whole, const std::vector<std::size_t>& kept);

// An overlay file (docs/faults.md) with three lines of comment before it, which hold the rest:
//   # reaction: apologise
//   # seed: 7
//   # mutation: silence caller.audio 120 30      (one line for each)
// So a stored case without mutations is an overlay that `replay --faults` takes as it is.
std::string to_text(const Case& one);
// Throws Error (file:line...).
Case parse_case(std::string_view file_name, BytesView text);

}  // namespace ringback::sim
