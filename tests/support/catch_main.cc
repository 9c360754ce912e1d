#define CATCH_CONFIG_RUNNER
#include <stdlib.h>

#include <catch2/catch.hpp>

// Properties draw the same cases on every machine unless somebody asks for others: RC_PARAMS="seed=7" or
// "max_success=10000".
int main(int argc, char** argv) {
  ::setenv("RC_PARAMS", "seed=0", /*overwrite=*/0);
  return Catch::Session().run(argc, argv);
}
