// What a run means for the shell: one number, in the order of precedence that the command line promises.
#pragma once

#include <vector>

#include "sim/check/property.h"

namespace ringback::sim {

enum class ExitCode : int {
  holds = 0,
  does_not_hold = 1,
  left_the_recording = 3,  // and the policy was to halt
  not_reproducible = 4,    // digests differ, or the run was tainted
  fault_never_fired = 5,   // or a selector names nothing that exists
};

enum class Strictness {
  usual,
  strict,  // what holds only if the model reacts in some way does not hold
};

struct ExitQuestion {
  bool digests_differ = false;  // a second run gave another digest
  Strictness strictness = Strictness::usual;
};

ExitCode exit_code_of(const RunResult& result, const std::vector<PropertyResult>& properties,
                      const ExitQuestion& question = {});

}  // namespace ringback::sim
