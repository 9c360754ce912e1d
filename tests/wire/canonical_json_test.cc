#include "src/wire/canonical_json.h"

#include <catch2/catch.hpp>

#include "src/wire/json_text.h"

namespace ringback::wire {

TEST_CASE("texts of the same value have one canonical text") {
  CHECK(canonical_json("{ \"b\" : [1, 2 ,{}],\n\"a\":\"x\" }") == R"({"a":"x","b":[1,2,{}]})");
  CHECK(canonical_json("{  \n  \"city\": \"London\" \n} \n") == canonical_json(R"({"city":"London"})"));
  CHECK(canonical_json(R"("\u0041\/\u00e9")") == "\"A/\xC3\xA9\"");
  CHECK(canonical_json(R"("\ud83d\ude00")") == "\"\xF0\x9F\x98\x80\"");
  CHECK(canonical_json(R"({"a":1,"a":2})") == R"({"a":2})");
}

TEST_CASE("numbers are equal when they are the same decimal number") {
  for (const BytesView text : {"1", "1.0", "10e-1", "0.1E+1", "1.000"}) CHECK(canonical_json(text) == "1");
  for (const BytesView text : {"0", "-0", "0.0", "0e7"}) CHECK(canonical_json(text) == "0");
  CHECK(canonical_json("-1250e-2") == "-12.5");
  CHECK(canonical_json("0.00120") == "0.0012");
  CHECK(canonical_json("1200") == "1200");
  CHECK(canonical_json("12e50") == "12e50");
  CHECK(canonical_json("12e-60") == "12e-60");
}

TEST_CASE("numbers beyond a double's precision stay apart") {
  CHECK(canonical_json("0.1") != canonical_json("0.10000000000000000001"));
  CHECK(canonical_json("9007199254740993") == "9007199254740993");
  CHECK(canonical_json("123456789012345678901234567890") == "123456789012345678901234567890");
}

TEST_CASE("canonical text is canonical already") {
  for (const BytesView text : {R"({"a":[1,2.5,"x\"y\\\n"],"b":null,"c":true})", "[]", "\"\"", "-3e99", "false"}) {
    CHECK(canonical_json(canonical_json(text)) == canonical_json(text));
  }
}

TEST_CASE("what is not JSON is kept as it is") {
  for (const BytesView text :
       {"{not-json", "", " ", "{\"a\":1", "[1,]", "01", "1.", ".5", "+1", "nul", "\"a", "{\"a\":1}x", "\"\x01\"",
        "\"\\x\"", "\"\\u12g4\"", "[1 2]", "{1:2}", "1e99999999999", "NaN"}) {
    CAPTURE(text);
    CHECK_FALSE(try_canonical_json(text));
    CHECK(canonical_json(text) == text);
  }
}

TEST_CASE("nesting has a limit") {
  const auto nested = [](std::size_t depth) { return Bytes(depth, '[') + "1" + Bytes(depth, ']'); };
  CHECK(try_canonical_json(nested(kJsonDepthMax)));
  CHECK_FALSE(try_canonical_json(nested(kJsonDepthMax + 1)));
  CHECK_FALSE(try_canonical_json(Bytes(1'000'000, '[')));
}

TEST_CASE("two different strings never become one") {
  CHECK(canonical_json(R"("\ud800")") != canonical_json(R"("\ufffd")"));
  CHECK(canonical_json("\"\x80\"") != canonical_json("\"\x81\""));
}

TEST_CASE("a JSON string escapes what it must and repairs what is not UTF-8") {
  const auto quoted = [](BytesView text) {
    Bytes out;
    append_json_string(text, out);
    return out;
  };
  CHECK(quoted("a\"b\\c\n\x01") == "\"a\\\"b\\\\c\\n\\u0001\"");
  CHECK(quoted("caf\xC3\xA9 \xF0\x9F\x98\x80") == "\"caf\xC3\xA9 \xF0\x9F\x98\x80\"");
  for (const BytesView broken : {"\x80", "\xC0", "\xFF", "\xF5"}) CHECK(quoted(broken) == "\"\xEF\xBF\xBD\"");
  CHECK(quoted("\xE2\x82z") == "\"\xEF\xBF\xBD\xEF\xBF\xBDz\"");
  CHECK(quoted("\xED\xA0\x80") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

}  // namespace ringback::wire
