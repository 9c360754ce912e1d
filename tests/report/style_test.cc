#include "sim/report/style.h"

#include <catch2/catch.hpp>

namespace ringback::sim {
namespace {

TEST_CASE("a pen without colour leaves text as it is") {
  CHECK(Pen(Color::off)(Style::bad, "x") == "x");
  CHECK(Pen(Color::on)(Style::bad, "x") == "\x1b[1;31mx\x1b[0m");
  CHECK(Pen(Color::on)(Style::bad, "") == "");
  CHECK(Pen(Color::on)(Style::plain, "x") == "x");
}

TEST_CASE("columns are characters, and a cut text says so") {
  CHECK(columns_of("h\xC3\xA9llo") == 5);
  CHECK(fit("h\xC3\xA9llo", 5) == "h\xC3\xA9llo");
  CHECK(fit("h\xC3\xA9llo w", 5) == "h\xC3\xA9...");
  CHECK(pad("\xC3\xA9", 3) == "\xC3\xA9  ");
}

TEST_CASE("text is broken at spaces, long words where they must be") {
  CHECK(wrap("one two three", 7, 5) == std::vector<std::string>{"one two", "three"});
  CHECK(wrap("one two three", 8, 5) == std::vector<std::string>{"one two", "three"});
  CHECK(wrap("onetwothree", 4, 5) == std::vector<std::string>{"onet", "woth", "ree"});
  CHECK(wrap("\xC3\xA9\xC3\xA9\xC3\xA9", 2, 5) == std::vector<std::string>{"\xC3\xA9\xC3\xA9", "\xC3\xA9"});
  CHECK(wrap("one two three four", 7, 2) == std::vector<std::string>{"one two", "thre..."});
  CHECK(wrap("", 7, 2) == std::vector<std::string>{""});
}

TEST_CASE("signs of one set differ where they stand in one lane") {
  for (const Signs signs : {Signs::ascii, Signs::unicode}) {
    const SignSet& set = signs_of(signs);
    CHECK(set.agent_speaks != set.interrupted);
    CHECK(set.dead_air != set.short_wait);
    CHECK(set.good != set.bad);
    CHECK(set.open != set.bad);
    CHECK(set.response != set.call);
    CHECK(set.lost != set.call);
    for (const std::string_view sign :
         {set.caller_speaks, set.agent_speaks, set.typed, set.interrupted, set.response, set.call, set.lost, set.good,
          set.bad, set.open, set.fault, set.dead_air, set.short_wait})
      CHECK(columns_of(sign) == 1);
  }
}

}  // namespace
}  // namespace ringback::sim
