#include "src/base/time.h"

#include <catch2/catch.hpp>

#include "src/base/error.h"

namespace ringback {

TEST_CASE("a duration is written in the coarsest unit that is exact and read back as the same", "[base]") {
  struct Row {
    Duration duration;
    const char* text;
  };
  const Row rows[] = {{nanoseconds(0), "0s"},
                      {nanoseconds(7), "7ns"},
                      {microseconds(40), "40us"},
                      {milliseconds(250), "250ms"},
                      {milliseconds(12'480), "12.48s"},
                      {seconds(3), "3s"},
                      {nanoseconds(1'000'000'001), "1.000000001s"},
                      {nanoseconds(1'500), "1500ns"}};
  for (const Row& row : rows) {
    CHECK_THAT(to_text(row.duration), Catch::Equals(row.text));
    CHECK((parse_duration(row.text, "test") == row.duration));
  }
}

TEST_CASE("minutes and hours are read", "[base]") {
  REQUIRE((parse_duration("1.5m", "test") == seconds(90)));
  REQUIRE((parse_duration("2h", "test") == seconds(7200)));
}

TEST_CASE("what is not a time is refused with what was expected", "[base]") {
  for (const char* text :
       {"", "s", "12", "1..2s", ".5s", "5.s", "-1s", "1e3s", "1 s", "99999999999s", "0.5ns", "5sec"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_duration(text, "here"), Error);
  }
  CHECK_THROWS_WITH(parse_duration("12", "--from"), Catch::Contains("--from: expected a time such as 12.48s"));
}

TEST_CASE("arithmetic that leaves 64 bits fails loudly", "[base]") {
  CHECK_THROWS_AS(kDurationMax + nanoseconds(1), InternalError);
  CHECK_THROWS_AS(kVirtualTimeMax + nanoseconds(1), InternalError);
  CHECK_THROWS_AS(seconds(1) * INT64_MAX, InternalError);
}

}  // namespace ringback
