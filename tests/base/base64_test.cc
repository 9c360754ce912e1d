#include "src/base/base64.h"

#include <catch2/catch.hpp>

namespace ringback {

TEST_CASE("the vectors of RFC 4648 section 10", "[base]") {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    REQUIRE(base64_encode(plain) == encoded);
    REQUIRE(base64_decode(encoded) == Bytes(plain));
  }
}

TEST_CASE("text that base64_encode would not write is refused", "[base]") {
  for (const char* text : {"Zg=", "Zg", "Zh==", "Zm9=", "Z===", "====", "Zm9v\n", "Zm-v", "Zg==Zg=="}) {
    INFO(text);
    REQUIRE_FALSE(base64_decode(text).has_value());
  }
}

}  // namespace ringback
