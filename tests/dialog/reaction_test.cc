#include "sim/dialog/reaction.h"

#include <catch2/catch.hpp>

#include "src/base/error.h"

namespace ringback::sim {

TEST_CASE("every reaction is found by its name and a misspelt one suggests the nearest") {
  for (const Reaction reaction : kReactions) REQUIRE(reaction_named(name_of(reaction), "--reaction") == reaction);
  REQUIRE_THROWS_WITH(
      reaction_named("apologize", "--reaction"),
      "--reaction: expected apologise, call-again, silent, claim-success, found 'apologize' (did you mean "
      "'apologise'?)");
  REQUIRE_THROWS_WITH(reaction_named("dance", "--reaction"), Catch::EndsWith("found 'dance'"));
}

TEST_CASE("a model that calls again does so with the same arguments, then varied ones, then apologises") {
  Improviser improviser(Reaction::call_again);
  improviser.called("lookup", R"({"name":"Ada","born":1815})");
  const Improvised same = improviser.next();
  CHECK(same.act == Improvised::Act::call);
  CHECK(same.function == "lookup");
  CHECK(same.arguments == R"({"name":"Ada","born":1815})");
  improviser.called(same.function, same.arguments);
  CHECK(improviser.next().arguments == R"({"born":1815,"name":"aDA"})");
  CHECK((improviser.next() == Improvised{.say = kApology}));
  CHECK((improviser.next() == Improvised{.say = kApology}));
  improviser.caller_spoke();
  CHECK(improviser.next().act == Improvised::Act::call);
}

TEST_CASE("a model that never called anything cannot call again") {
  Improviser improviser(Reaction::call_again);
  REQUIRE((improviser.next() == Improvised{.say = kApology}));
}

TEST_CASE("the other reactions are the same every time") {
  Improviser silent(Reaction::silent);
  Improviser claiming(Reaction::claim_success);
  for (int i = 0; i < 3; ++i) {
    CHECK(silent.next().act == Improvised::Act::nothing);
    CHECK(claiming.next().say == kClaim);
  }
}

TEST_CASE("varied arguments differ in one thing, and what is no object stays") {
  CHECK(vary_arguments(R"({"b":{"id":"7-x"},"a":[1,"42"]})") == R"({"a":[1,"42"],"b":{"id":"7-X"}})");
  CHECK(vary_arguments(R"({"n":41,"ok":true})") == R"({"n":42,"ok":true})");
  CHECK(vary_arguments(R"({"ok":true})") == R"({"ok":true,"again":true})");
  CHECK(vary_arguments("{}") == R"({"again":true})");
  CHECK(vary_arguments(R"({"n":9223372036854775807})") == R"({"n":9223372036854775807,"again":true})");
  for (const char* other : {"", "[1]", "{not-json", "7"}) CHECK(vary_arguments(other) == other);
}

}  // namespace ringback::sim
