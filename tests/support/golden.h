// Golden files: readable text that a renderer must give again.
//
// A golden stands in tests/<module>/golden/. To accept what the renderers give now, run the tests with
// RINGBACK_ACCEPT_GOLDEN=1: the files are written and the tests count as skipped, never as passed.
#pragma once

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/skip.h"

namespace ringback {

// Fails the test where `text` is not what the golden has, or there is no golden.
inline void expect_golden(const std::string& path, const std::string& text) {
  if (getenv("RINGBACK_ACCEPT_GOLDEN") != nullptr) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    REQUIRE(file.good());
    return skip("accepted a new golden file");
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream golden;
  golden << file.rdbuf();
  INFO("golden file " << path << "; RINGBACK_ACCEPT_GOLDEN=1 accepts what is there now");
  CHECK(golden.str() == text);
}

}  // namespace ringback
