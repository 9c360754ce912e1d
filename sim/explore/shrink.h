// The smallest case, and the shortest recording, that still fail in the same way.
//
// In order: parts of the case (faults, mutations) are left out (minimize.h); what comes after the failure is cut off
// the recording; the parts' parameters go toward nothing and round values; turns of the conversation are left out, then
// whole exchanges, then what the recorded agent sent as sound; all speech becomes bursts of one frame that keep the
// turns; at last each part that is left is left out once: that is the certificate. A smaller recording counts only
// where it holds without the case's parts: otherwise it would fail for a reason of its own.
//
//   const Shrunk smallest = shrink(subject, recording, one, signature, {.runs = 500});
#pragma once

#include <string>
#include <vector>

#include "sim/explore/certificate.h"
#include "sim/explore/subject.h"
#include "sim/explore/trials.h"

namespace ringback::sim {

struct Shrunk {
  trace::Trace recording;
  Case one;
  Digest digest;        // of its run
  std::string finding;  // the property's own line, in that run
  std::uint64_t runs = 0;
  bool is_minimal = false;           // every part has its removal
  std::vector<Removal> certificate;  // in the order of the parts
  std::vector<std::string> steps;    // for people: what each stage did
};

// `one` fails with `signature` on `recording`, which the first run confirms: throws Error where it does not.
Shrunk shrink(Subject& subject, const trace::Trace& recording, const Case& one, const Signature& signature,
              const ShrinkBudget& budget = {});

}  // namespace ringback::sim
