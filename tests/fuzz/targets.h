// What is fuzzed: everything that reads octets or text that ringback did not write itself, each under a name.
//
// A target takes any octets. Either it refuses them with an Error, which is fine, or it has read them, and then what it
// read must hold up: a trace reads back with its digest, a schedule reads back equal. Anything else that a target
// throws, and whatever a sanitizer says, is a finding. docs/fuzzing.md has the figures.
//
//   for (const Target& target : all_targets()) target.take(octets);
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/base/bytes.h"

namespace ringback::fuzz {

struct Target {
  std::string name;  // also the name of its folder in tests/fuzz/corpus
  std::function<void(BytesView data)> take;
};

// "trace", "recover", "journal", "footer".
std::vector<Target> trace_targets();
// "schedule", "expectations".
std::vector<Target> yaml_targets();
// "import-FORMAT" for each format that the program imports.
std::vector<Target> import_targets();

inline std::vector<Target> all_targets() {
  std::vector<Target> targets = trace_targets();
  for (Target& target : yaml_targets()) targets.push_back(std::move(target));
  for (Target& target : import_targets()) targets.push_back(std::move(target));
  return targets;
}

}  // namespace ringback::fuzz
