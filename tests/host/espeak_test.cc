#include "src/host/espeak.h"

#include <cstdlib>

#include <catch2/catch.hpp>

#include "src/base/error.h"
#include "tests/support/skip.h"

namespace ringback::host {

namespace {

bool has_espeak() { return std::system("command -v espeak-ng >/dev/null 2>&1") == 0; }

}  // namespace

TEST_CASE("the same words give the same samples") {
  if (!has_espeak()) return skip("espeak-ng is not installed");
  const std::vector<std::int16_t> first = speak_with_espeak("Good morning.", {});
  CHECK(first.size() > kEspeakRate / 2);
  CHECK(first.size() < 3 * kEspeakRate);
  CHECK(speak_with_espeak("Good morning.", {}) == first);
  CHECK(speak_with_espeak("Good morning.", {.name = "en-us+f3"}) != first);
}

TEST_CASE("text that looks like an option or a shell's command is spoken") {
  if (!has_espeak()) return skip("espeak-ng is not installed");
  CHECK(speak_with_espeak("--version; exit 1", {}).size() > kEspeakRate / 2);
}

TEST_CASE("a voice that is none is refused") {
  CHECK_THROWS_AS(speak_with_espeak("Hello", {.name = ""}), Error);
  CHECK_THROWS_AS(speak_with_espeak("Hello", {.name = "-v"}), Error);
  CHECK_THROWS_AS(speak_with_espeak("Hello", {.name = "../etc/passwd"}), Error);
  CHECK_THROWS_AS(speak_with_espeak("Hello", {.name = std::string(61, 'a')}), Error);
  if (!has_espeak()) return skip("espeak-ng is not installed");
  CHECK_THROWS_WITH(speak_with_espeak("Hello", {.name = "xx"}), Catch::Contains("\"xx\""));
  // These it would replace by others of the language.
  CHECK_THROWS_WITH(speak_with_espeak("Hello", {.name = "en-zz"}), Catch::Contains("expected a voice that"));
  CHECK_THROWS_WITH(speak_with_espeak("Hello", {.name = "en-us+nobody"}), Catch::Contains("\"en-us+nobody\""));
}

TEST_CASE("text that would not fit into a pipe is refused") {
  CHECK_THROWS_AS(speak_with_espeak(std::string(kEspeakTextBytesMax + 1, 'a'), {}), Error);
}

}  // namespace ringback::host
