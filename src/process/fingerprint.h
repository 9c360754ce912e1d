// The environment that a child runs in, as far as its behaviour can hang on it: compared first where two runs differ,
// so that "another machine" is told apart from "not deterministic".
//
//   const Fingerprint here = fingerprint({.command = {"node", "agent.mjs"}});
//   metadata["environment"] = to_text(here);
//   for (const std::string& line : differences(parse_fingerprint(metadata["environment"]), here)) ...
//
// docs/determinism.md says what is in it. What a run cannot see (the names of folders, times of files) is not.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "src/process/process_agent.h"

namespace ringback::process {

// Files that are looked at in the folder of the agent; what is more is only counted.
inline constexpr std::size_t kFingerprintFilesMax = 50'000;
inline constexpr std::uint64_t kFingerprintBytesMax = 1u << 30;

struct Fingerprint {
  // By name: "program", "libc", "processor", "kernel", "files", "variables", "cost".
  std::map<std::string, std::string> values;
  // A hash for each file, by its path in the folder; not in the text.
  std::map<std::string, std::uint64_t> files;
};

// Reads the program, and every file of the folder that the first argument which is a file is in: the script's. Without
// one of the folder of a program that is named by its path, else of the working directory. Throws Error where the
// operating system refuses.
Fingerprint fingerprint(const ProcessOptions& options);

// One "name: value" line each.
std::string to_text(const Fingerprint& fingerprint);
// The inverse, without `files`; lines of another form are left out.
Fingerprint parse_fingerprint(std::string_view text);

// What differs, one line each; empty where nothing does. Names that only one of them has are no difference: it was
// written by another version. `before` and `after` are what the two are called.
struct Sides {
  std::string_view before = "stored";
  std::string_view after = "here";
};
std::vector<std::string> differences(const Fingerprint& before, const Fingerprint& after, const Sides& sides = {});

}  // namespace ringback::process
