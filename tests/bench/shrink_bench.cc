// How many runs it takes to find the few faults that matter among many: ours beside ddmin, over generated problems
// whose answers are known. Counts, not times: the same on every machine.
//
//   tools/dev bench
#include <algorithm>
#include <cstdio>
#include <set>
#include <vector>

#include "src/base/error.h"
#include "src/base/random.h"
#include "tests/bench/ddmin.h"

namespace ringback::bench {
namespace {

using sim::Subset;

constexpr std::uint64_t kProblems = 1001;

struct Shape {
  const char* name;
  std::size_t faults;
  std::size_t needed_most;
  std::size_t within;  // the faults that matter lie this near to each other; 0: anywhere
};
constexpr Shape kShapes[] = {
    {"200 faults, up to 4 matter", 200, 4, 0},
    {"200 faults, up to 4 matter, near each other", 200, 4, 10},
    {"1,000 faults, up to 8 matter", 1000, 8, 0},
    {"1,000 faults, up to 8 matter, near each other", 1000, 8, 20},
};

std::set<std::size_t> answer_of(const Shape& shape, std::uint64_t problem) {
  const RandomStream draws({.seed = problem, .domain = "bench", .entity = shape.name, .purpose = "needed"});
  const std::size_t range = shape.within == 0 ? shape.faults : shape.within;
  const std::size_t first = draws.below(0, shape.faults - range + 1);
  const std::size_t count = 1 + problem % shape.needed_most;
  std::set<std::size_t> needed;
  for (std::uint64_t i = 1; needed.size() < count; ++i) needed.insert(first + draws.below(i, range));
  return needed;
}

struct Runs {
  std::uint64_t median = 0;
  std::uint64_t of_95_in_100 = 0;
  std::uint64_t most = 0;
};

template <class Minimizer>
Runs runs_of(const Shape& shape, const Minimizer& minimizer) {
  std::vector<std::uint64_t> asked;
  for (std::uint64_t problem = 0; problem < kProblems; ++problem) {
    const std::set<std::size_t> needed = answer_of(shape, problem);
    const sim::Minimized found = minimizer(shape.faults, [&](const Subset& kept) {
      return std::includes(kept.begin(), kept.end(), needed.begin(), needed.end());
    });
    RINGBACK_CHECK(std::equal(found.kept.begin(), found.kept.end(), needed.begin(), needed.end()),
                   "problem {} of '{}' has one answer", problem, shape.name);
    asked.push_back(found.asked);
  }
  std::sort(asked.begin(), asked.end());
  return {.median = asked[kProblems / 2], .of_95_in_100 = asked[kProblems * 95 / 100], .most = asked.back()};
}

void print_table() {
  std::printf(
      "| %llu problems of each | runs, median | 95th percentile | most | ddmin, median | 95th percentile | most |\n",
      static_cast<unsigned long long>(kProblems));
  std::printf("|---|---:|---:|---:|---:|---:|---:|\n");
  for (const Shape& shape : kShapes) {
    const Runs ours =
        runs_of(shape, [](std::size_t count, const sim::FailsWith& fails) { return sim::minimize(count, fails); });
    const Runs theirs = runs_of(shape, ddmin);
    std::printf("| %s", shape.name);
    for (const Runs& runs : {ours, theirs}) {
      std::printf(" | %llu | %llu | %llu", static_cast<unsigned long long>(runs.median),
                  static_cast<unsigned long long>(runs.of_95_in_100), static_cast<unsigned long long>(runs.most));
    }
    std::printf(" |\n");
  }
}

}  // namespace
}  // namespace ringback::bench

int main() {
  ringback::bench::print_table();
  return 0;
}
