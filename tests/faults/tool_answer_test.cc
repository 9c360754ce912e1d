#include "sim/faults/tool_answer.h"

#include <rapidcheck.h>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "src/base/error.h"

namespace ringback::sim {
namespace {

bool is_json(BytesView text) {
  boost::system::error_code error;
  (void)boost::json::parse({text.data(), text.size()}, error);
  return !error;
}

TEST_CASE("JSON that is cut does not parse") {
  for (const char* body : {R"({"name":"Ann","born":1980})",
                           R"([1,2,3])",
                           R"("text")",
                           "{}",
                           "[]",
                           "\"\"",
                           "17",
                           "170017",
                           "true",
                           "null",
                           "",
                           "   ",
                           "  {\"a\": {}}  ",
                           R"({"a":"}"})",
                           R"("\"\"\"\"")",
                           "{}{}{}{}{}",
                           "[] and more and more",
                           "plain text",
                           R"(["é","日本語"])",
                           "{not-json"}) {
    INFO(body);
    const Bytes cut = cut_inside_json(body);
    CHECK_FALSE(is_json(cut));
    CHECK(cut == cut_inside_json(body));
  }
}

TEST_CASE("a list or object that is cut is a part of what was sent") {
  CHECK(cut_inside_json(R"({"name":"Ann"})") == R"({"name")");
  CHECK(cut_inside_json(" [1,2,3]\n") == " [1,");
  CHECK(cut_inside_json("17") == "{\"result\":1");
}

TEST_CASE("a cut falls between characters") {
  const Bytes body = "[\"\u65e5\u65e5\u65e5\"]";
  for (std::size_t padding = 0; padding < 6; ++padding) {
    const Bytes cut = cut_inside_json("[" + Bytes(padding, ' ') + body.substr(1));
    INFO(cut);
    const Bytes closed = cut.find('"') == Bytes::npos ? cut + "]" : cut + "\"]";
    CHECK(is_json(closed));
  }
}

TEST_CASE("no text whatever parses once it was cut") {
  const bool held = rc::check([] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(
        std::vector<std::string>{"{", "}", "[", "]", "\"", "\\", ",", ":", "1", "\"a\"", " ", "null", "\\\""}));
    std::string body;
    for (const std::string& piece : pieces) body += piece;
    RC_LOG(body);
    RC_ASSERT(!is_json(cut_inside_json(body)));
  });
  REQUIRE(held);
}

TEST_CASE("another shape is JSON, and a list only where there was none") {
  CHECK(other_shape(R"({"name":"Ann"})").front() == '[');
  CHECK(other_shape(" [1]").front() == '{');
  CHECK(other_shape("17").front() == '[');
  CHECK(other_shape("").front() == '[');
  CHECK(is_json(other_shape("{}")));
  CHECK(is_json(other_shape("[]")));
}

TEST_CASE("a padded string is JSON of exactly the size") {
  for (const std::size_t size : {2u, 3u, 1000u}) {
    CHECK(padded_json_string(size).size() == size);
    CHECK(is_json(padded_json_string(size)));
  }
}

}  // namespace
}  // namespace ringback::sim
