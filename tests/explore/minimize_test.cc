#include "sim/explore/minimize.h"

#include <algorithm>
#include <set>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "src/base/random.h"

namespace ringback::sim {
namespace {

bool contains_all(const Subset& kept, const std::set<std::size_t>& needed) {
  return std::includes(kept.begin(), kept.end(), needed.begin(), needed.end());
}

std::set<std::size_t> any_needed(std::size_t count, std::size_t of, std::uint64_t problem) {
  const RandomStream draws({.seed = 11, .domain = "test", .entity = "problem", .purpose = "needed"});
  std::set<std::size_t> needed;
  for (std::uint64_t i = 0; needed.size() < count; ++i) needed.insert(draws.below(problem * 100 + i, of));
  return needed;
}

// Questions for 101 problems, ascending.
std::vector<std::uint64_t> questions(std::size_t of, std::size_t needed_most) {
  std::vector<std::uint64_t> asked;
  for (std::uint64_t problem = 0; problem <= 100; ++problem) {
    const std::set<std::size_t> needed = any_needed(1 + problem % needed_most, of, problem);
    const Minimized found = minimize(of, [&](const Subset& kept) { return contains_all(kept, needed); });
    REQUIRE(std::set<std::size_t>(found.kept.begin(), found.kept.end()) == needed);
    REQUIRE(found.is_minimal);
    asked.push_back(found.asked);
  }
  std::sort(asked.begin(), asked.end());
  return asked;
}

}  // namespace

TEST_CASE("of two hundred faults the up to four that matter are found within 64 questions", "[minimize]") {
  const std::vector<std::uint64_t> asked = questions(200, 4);
  CHECK(asked[50] <= 64);
  CHECK(asked[95] <= 64);
}

TEST_CASE("of a thousand faults the up to eight that matter are found within 140 questions", "[minimize]") {
  const std::vector<std::uint64_t> asked = questions(1000, 8);
  CHECK(asked[50] <= 140);
  CHECK(asked[95] <= 140);
}

TEST_CASE("what fails with nothing at all needs nothing", "[minimize]") {
  const Minimized found = minimize(30, [](const Subset&) { return true; });
  CHECK(found.kept.empty());
  CHECK(found.asked == 1);
  CHECK(found.is_minimal);
}

TEST_CASE("no single thing can be left out of the result, whatever fails", "[minimize]") {
  // Failures that more things can hide: any function of the subset that the whole satisfies.
  const bool holds = rc::check([] {
    const auto count = *rc::gen::inRange<std::size_t>(1, 9);
    const auto salt = *rc::gen::arbitrary<std::uint64_t>();
    const RandomStream draws({.seed = salt, .domain = "test", .entity = "any", .purpose = "fails"});
    const auto fails = [&](const Subset& kept) {
      std::uint64_t bits = 0;
      for (const std::size_t one : kept) bits |= std::uint64_t{1} << one;
      return kept.size() == count || draws.chance(bits, {1, 2});
    };
    const Minimized found = minimize(count, fails);
    RC_ASSERT(found.is_minimal);
    RC_ASSERT(fails(found.kept));
    for (const std::size_t one : found.kept) {
      Subset without = found.kept;
      without.erase(std::remove(without.begin(), without.end(), one), without.end());
      RC_ASSERT(!fails(without));
    }
  });
  REQUIRE(holds);
}

TEST_CASE("a spent budget gives the best so far, and says that it is not minimal", "[minimize]") {
  std::uint64_t asked = 0;
  const auto fails = [&](const Subset& kept) {
    ++asked;
    return contains_all(kept, {17, 90});
  };
  const Minimized found = minimize(100, fails, 5);
  CHECK(asked == 5);
  CHECK(found.asked == 5);
  CHECK_FALSE(found.is_minimal);
  CHECK(found.kept.size() < 100);
  CHECK(contains_all(found.kept, {17, 90}));
}

}  // namespace ringback::sim
