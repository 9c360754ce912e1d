// The smallest case, and the shortest recording, that still fail in the same way.
//
// In order: what comes after the failure is cut off the recording; parts of the case (faults, mutations) are left out
// (minimize.h); their parameters go toward nothing and round values; all speech becomes bursts of one frame that keep
// the turns; at last each part that is left is left out once: that is the certificate.
//
//   const Shrunk smallest = shrink(subject, recording, one, signature, {.runs = 500});
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/explore/subject.h"

namespace ringback::sim {

struct ShrinkBudget {
  std::uint64_t runs = 500;
  // Asked before every run; true ends the search with the best so far (a time limit, an interrupt).
  std::function<bool()> is_spent = [] { return false; };
};

// One part was left out, and this is how the run ended that then held.
struct Removal {
  std::string part;  // "fault malformed-1", "mutation silence caller.audio 120 30"
  Digest digest;

  friend bool operator==(const Removal&, const Removal&) = default;
};

struct Shrunk {
  trace::Trace recording;
  Case one;
  Digest digest;  // of its run
  std::uint64_t runs = 0;
  bool is_minimal = false;           // every part has its removal
  std::vector<Removal> certificate;  // in the order of the parts
  std::vector<std::string> steps;    // for people: what each stage did
};

// `one` fails with `signature` on `recording`, which the first run confirms: throws Error where it does not.
Shrunk shrink(Subject& subject, const trace::Trace& recording, const Case& one, const Signature& signature,
              const ShrinkBudget& budget = {});

}  // namespace ringback::sim
