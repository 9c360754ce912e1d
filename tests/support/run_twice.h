// The run-twice test: the comparison that every claim of determinism rests on.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "sim/run/result.h"
#include "src/trace/diff.h"

namespace ringback::testing {

// What the two runs differ in; nothing where they are the same to the last octet.
inline std::optional<trace::TraceDifference> run_twice(const std::function<sim::RunResult()>& run) {
  const sim::RunResult first = run();
  const sim::RunResult second = run();
  const bool equal = first.digest == second.digest && first.chain == second.chain;
  trace::TraceDifference difference = trace::diff(first.run, second.run);
  // Digest, chain and events must agree with each other about whether they agree.
  if (equal != difference.equal())
    throw std::logic_error("digests and events disagree about whether two runs are equal");
  if (equal) return std::nullopt;
  return difference;
}

}  // namespace ringback::testing
