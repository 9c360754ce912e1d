// A share of the bug hunt: every bug is hidden in the call as it was recorded, and most are found within a few dozen
// cases, the same each time; the repaired twin bears the case that broke the other. `tools/dev planted` has all of it.
#include <set>

#include <catch2/catch.hpp>

#include "tests/planted/hunt.h"

namespace ringback::planted {
namespace {

// What one round of a campaign, or two, comes by.
constexpr std::uint64_t kFewCases = 96;

}  // namespace

TEST_CASE("the planted bugs are fifty and more, in agents of three kinds, each with a name of its own", "[planted]") {
  std::set<std::string> names;
  std::set<std::string> sentences;
  std::set<std::string> kinds;
  for (const Planted& bug : planted_bugs()) {
    CHECK(names.insert(bug.name).second);
    CHECK(sentences.insert(bug.recording + ": " + bug.sentence).second);
    kinds.insert(bug.name.substr(0, bug.name.find('/')));
  }
  CHECK(names.size() >= 50);
  CHECK(kinds == std::set<std::string>{"cascade", "chat", "voice"});
}

TEST_CASE("no planted bug shows in the call as it was recorded", "[planted]") {
  for (const Planted& bug : planted_bugs()) {
    INFO(bug.name);
    CHECK(Hunt(bug).fails_without_a_case() == "");
  }
}

TEST_CASE("planted bugs in chats are found, the same each time, and their repaired twins bear the case", "[planted]") {
  std::size_t tried = 0;
  std::size_t found = 0;
  for (const Planted& bug : planted_bugs()) {
    if (!bug.name.starts_with("chat/")) continue;
    ++tried;
    Hunt hunt(bug);
    const std::optional<Found> find = hunt.search({.seed = 1, .cases = kFewCases});
    if (!find.has_value()) continue;
    ++found;
    INFO(bug.name << ", case " << find->cases << ": " << find->finding << "\n" << sim::to_text(find->one));
    CHECK(hunt.reproduced(*find, 3) == 3);
    CHECK(hunt.twin_fails_with(*find) == "");
  }
  CHECK(found * 10 >= tried * 8);
}

TEST_CASE("planted bugs in calls are found, the same each time, and their repaired twins bear the case", "[planted]") {
  for (const char* name : {"voice/retry-storm", "voice/books-again-after-a-failure", "voice/parses-arguments-unchecked",
                           "cascade/silence-after-giving-up", "cascade/unknown-function-waits"}) {
    const auto bug = std::find_if(planted_bugs().begin(), planted_bugs().end(),
                                  [&](const Planted& each) { return each.name == name; });
    REQUIRE(bug != planted_bugs().end());
    Hunt hunt(*bug);
    const std::optional<Found> find = hunt.search({.seed = 1, .cases = kFewCases});
    INFO(name);
    REQUIRE(find.has_value());
    CHECK(hunt.reproduced(*find, 2) == 2);
    CHECK(hunt.twin_fails_with(*find) == "");
  }
}

}  // namespace ringback::planted
