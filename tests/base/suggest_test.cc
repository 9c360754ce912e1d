#include "src/base/suggest.h"

#include <catch2/catch.hpp>

namespace ringback {

TEST_CASE("a typing error is answered with the nearest known word", "[base]") {
  REQUIRE(nearest_word("malformd", {"delay", "malformed", "timeout"}) == "malformed");
  REQUIRE(nearest_word("tiemout", {"delay", "malformed", "timeout"}) == "timeout");
}

TEST_CASE("a word that resembles nothing gets no suggestion", "[base]") {
  REQUIRE(nearest_word("xyzzyx", {"delay", "malformed", "timeout"}).empty());
}

}  // namespace ringback
