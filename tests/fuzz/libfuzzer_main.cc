// The program that libFuzzer drives: the target is named by RINGBACK_FUZZ_TARGET. `tools/dev fuzz` builds and runs it.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "src/base/error.h"
#include "tests/fuzz/targets.h"

namespace {

using ringback::fuzz::all_targets;
using ringback::fuzz::Target;

Target chosen_target() {
  const char* name = std::getenv("RINGBACK_FUZZ_TARGET");
  for (Target& target : all_targets()) {
    if (name != nullptr && target.name == name) return std::move(target);
  }
  std::fputs("RINGBACK_FUZZ_TARGET must name a target; fuzz --targets lists them\n", stderr);
  std::exit(2);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  if (*argc > 1 && std::string_view((*argv)[1]) == "--targets") {
    for (const Target& target : all_targets()) std::printf("%s\n", target.name.c_str());
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Target target = chosen_target();
  try {
    target.take({reinterpret_cast<const char*>(data), size});
  } catch (const ringback::Error&) {
    // Refused: what bad input is for.
  }
  return 0;
}
