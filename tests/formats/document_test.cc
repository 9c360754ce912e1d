#include "src/formats/document.h"

#include <catch2/catch.hpp>

#include "src/base/error.h"

namespace ringback::formats {

using Catch::Matchers::Contains;

TEST_CASE("a JSON document keeps order, digits and text") {
  const std::string text = "{\"b\":1.50,\"a\":[true,null,\"\\u00e9\\ud83d\\ude00\\n\"],\"n\":-0}";
  const Document document = parse_json_document("a.json", text);
  CHECK(document.root().json() == "{\"b\":1.50,\"a\":[true,null,\"\xC3\xA9\xF0\x9F\x98\x80\\n\"],\"n\":-0}");
  CHECK(document.root().find("missing") == nullptr);
}

TEST_CASE("what is no JSON is refused with file, line and byte") {
  for (const char* bad : {"", "{", "[1,]", "{\"a\":1,}", "01", "1 2", "\"\\x\"", "\"\n\"", "tru", "[1", "{\"a\" 1}",
                          "-", "1.", "\"\\u12\""}) {
    CHECK_THROWS_WITH(parse_json_document("a.json", bad), Contains("a.json: line "));
  }
  const std::string deep(kDocumentDepthMax + 2, '[');
  CHECK_THROWS_WITH(parse_json_document("a.json", deep), Contains("at most 64 levels"));
}

TEST_CASE("a YAML document resolves plain scalars and binary tags") {
  const Document document = parse_yaml_document(
      "a.yaml", "a: 1.50\nb: '1'\nc: !binary aGk=\nd: !!binary |\n  aG\n  k=\ne: ~\nf: True\ng: hello\n");
  CHECK(document.root().json() == R"({"a":1.50,"b":"1","c":"hi","d":"hi","e":null,"f":true,"g":"hello"})");
  CHECK(document.root().at("g").place() == "a.yaml: line 9");
  CHECK_THROWS_WITH(document.root().at("g").list(), Contains("a.yaml: line 9: expected a list, found \"hello\""));
  CHECK_THROWS_WITH(document.root().at("z"), Contains("expected \"z\""));
}

TEST_CASE("aliases that would unfold without end are refused") {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    bomb += fmt::format("a{0}: &a{0} [*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1}]\n", i, i - 1);
  }
  CHECK_THROWS_AS(parse_yaml_document("a.yaml", bomb), Error);
}

TEST_CASE("decimal times are exact to the nanosecond") {
  CHECK(parse_decimal("1.25", seconds(1)) == milliseconds(1250));
  CHECK(parse_decimal("0.05", milliseconds(1)) == microseconds(50));
  CHECK(parse_decimal("-3e-2", seconds(1)) == milliseconds(-30));
  CHECK(parse_decimal("1747096093.3012271499", seconds(1)) == nanoseconds(1'747'096'093'301'227'149));
  CHECK(parse_decimal("1.370825", seconds(1)) == microseconds(1'370'825));
  CHECK(parse_decimal("12345678901234567890123456789012345678901234567890e-45", seconds(1)) ==
        nanoseconds(12'345'678'901'234));
  for (const char* bad : {"", ".", "1e", "e5", "1e999", "9999999999999", "1.2.3", "x"}) {
    CHECK_FALSE(parse_decimal(bad, seconds(1)).has_value());
  }
}

}  // namespace ringback::formats
