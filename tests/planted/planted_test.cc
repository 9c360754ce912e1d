// A share of the bug hunt: every bug is hidden in the call as it was recorded, and most are found within a few dozen
// cases, the same each time; the repaired twin bears the case that broke the other. `tools/dev planted` has all of it.
#include <set>

#include <catch2/catch.hpp>

#include "tests/planted/hunt.h"

namespace ringback::planted {
namespace {

// What one round of a campaign, or two, comes by.
constexpr std::uint64_t kFewCases = 96;

const Planted& bug_named(const std::string& name) {
  const auto bug = std::find_if(planted_bugs().begin(), planted_bugs().end(),
                                [&](const Planted& each) { return each.name == name; });
  REQUIRE(bug != planted_bugs().end());
  return *bug;
}

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
    Hunt hunt(bug_named(name));
    const std::optional<Found> find = hunt.search({.seed = 1, .cases = kFewCases});
    INFO(name);
    REQUIRE(find.has_value());
    CHECK(hunt.reproduced(*find, 2) == 2);
    CHECK(hunt.twin_fails_with(*find) == "");
  }
}

// What takes a search some hundreds of cases: two who act at about the same time.
TEST_CASE("bugs about what comes at an awkward time show in a case that was written by hand", "[planted]") {
  struct ByHand {
    std::string bug;
    std::string lines;
  };
  const std::vector<ByHand> cases = {
      // The caller speaks over the first of three sentences.
      {"cascade/queued-sentences-go-on", "# mutation: speech caller.audio 430 100\nringback: 1\n"},
      // The answer that the caller interrupts is still coming.
      {"voice/barge-in-race", "ringback: 1\nfaults:\n  - {where: model, at: {response: 2}, do: {slow: {factor: 3}}}\n"},
      // The caller has spoken before the session is there.
      {"voice/early-speech-dropped", "ringback: 1\nfaults:\n  - {where: model, at: {time: 0s}, do: {delay: 2300ms}}\n"},
      // The result is there before the response that called for it has ended.
      {"voice/forgets-the-answer-that-is-due",
       "ringback: 1\nfaults:\n  - {where: model, at: {response: 2, event: 22}, do: {delay: 1500ms}}\n"},
  };
  for (const ByHand& each : cases) {
    INFO(each.bug);
    Hunt hunt(bug_named(each.bug));
    const Found found{.one = sim::parse_case("case", each.lines)};
    CHECK(hunt.fails_with(found.one) != "");
    CHECK(hunt.twin_fails_with(found) == "");
  }
}

}  // namespace ringback::planted
