// Runs the cases of one round in several processes, which share nothing: the outcome of a case cannot depend on its
// neighbours, nor on how many workers there are.
//
//   const std::vector<sim::Outcome> outcomes = run_cases(cases, {.jobs = 2}, [&](const sim::Case& one) { return
//   subject.run(tape, one); });
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "sim/explore/subject.h"

namespace ringback::cli {

using RunCase = std::function<sim::Outcome(const sim::Case&)>;

using RunNumber = std::function<sim::Outcome(std::size_t)>;

inline constexpr std::uint64_t kJobsMax = 256;

// In the order of the cases. With one job everything happens in this process. Throws Error where a worker dies or says
// that its case cannot be run.
std::vector<sim::Outcome> run_cases(std::span<const sim::Case> cases, std::uint64_t jobs, const RunCase& run);

// The same for whatever `count` runs are, by their numbers from 0.
std::vector<sim::Outcome> run_all(std::size_t count, std::uint64_t jobs, const RunNumber& run);

// An outcome as octets, and back.
Bytes encoded(const sim::Outcome& outcome);
sim::Outcome decode_outcome(BytesView& octets);

}  // namespace ringback::cli
