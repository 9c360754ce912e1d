#include "sim/check/json_path.h"

#include <catch2/catch.hpp>

namespace ringback::sim {
namespace {

std::string at(const std::string& path, const std::string& json) {
  const std::optional<JsonPath> parsed = JsonPath::parse(path);
  REQUIRE(parsed);
  return parsed->find(json).value_or("nothing");
}

TEST_CASE("a path finds members and elements") {
  const std::string json = R"({"a": {"b c": [1, {"d": 2.0}]}, "e": "x"})";
  CHECK(at("$", json) == R"({"a":{"b c":[1,{"d":2}]},"e":"x"})");
  CHECK(at("$.e", json) == "\"x\"");
  CHECK(at("$.a['b c'][0]", json) == "1");
  CHECK(at("$['a']['b c'][1].d", json) == "2");
  CHECK(at("$.a.e", json) == "nothing");
  CHECK(at("$.a['b c'][2]", json) == "nothing");
  CHECK(at("$.e.f", json) == "nothing");
  CHECK(at("$.e", "no json") == "nothing");
  CHECK(at("$", "no json") == "nothing");
}

TEST_CASE("what is no path is refused") {
  for (const char* text : {"", "a", "$a", "$.", "$..a", "$.a[", "$[x]", "$['a", "$[-1]", "$[1", "$.a b]"}) {
    INFO(text);
    CHECK_FALSE(JsonPath::parse(text));
  }
  std::string deep = "$";
  for (std::size_t i = 0; i < JsonPath::kStepsMax; ++i) deep += ".a";
  CHECK(JsonPath::parse(deep));
  CHECK_FALSE(JsonPath::parse(deep + ".a"));
}

}  // namespace
}  // namespace ringback::sim
