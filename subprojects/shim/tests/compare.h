// What the tests share: programs to launch, and runs that are compared.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/world.h"

namespace ringback::shim {

inline const std::string kProgram = SHIM_TEST_PROGRAM;
inline const std::string kStaticProgram = SHIM_TEST_STATIC_PROGRAM;
inline const std::string kOtherProgram = SHIM_TEST_OTHER_PROGRAM;
inline const std::string kScripts = SHIM_TEST_SCRIPTS;
inline constexpr std::int64_t kSecond = 1'000'000'000;

// How often the expensive comparisons run; a soak sets SHIM_TEST_RUNS.
inline int runs(int usual) {
  const char* wanted = std::getenv("SHIM_TEST_RUNS");
  return wanted ? std::atoi(wanted) : usual;
}

inline Launch launch_of(std::vector<std::string> command) {
  Launch launch;
  launch.command = std::move(command);
  launch.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/nonexistent"}, {"LANG", "C.UTF-8"}, {"TZ", "UTC"}};
  launch.seed = 7;
  return launch;
}

inline Launch program(const std::string& name) { return launch_of({kProgram, name}); }

// Where a Node is; SHIM_TEST_NODE names another one.
inline std::string node() {
  const char* named = std::getenv("SHIM_TEST_NODE");
  return named ? named : "/usr/bin/node";
}

inline bool exists(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

inline bool skipped(const std::string& what) {
  if (exists(what)) return false;
  std::printf("# skipped: %s is not there\n", what.c_str());
  return true;
}

inline void check_equal(const Outcome& a, const Outcome& b) {
  CHECK(a.output == b.output);
  CHECK(a.events == b.events);
  CHECK(a.status == b.status);
  CHECK(a.virtual_ns == b.virtual_ns);
  CHECK(a.counters.schedule_hash == b.counters.schedule_hash);
}

// The outcome of the first of several runs, all of which are the same.
inline Outcome same_every_time(const Launch& launch, int times = 3) {
  const Outcome first = run(launch);
  for (int i = 1; i < times; ++i) check_equal(first, run(launch));
  CHECK(first.ended);
  return first;
}

inline void check_has(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
}

}  // namespace ringback::shim
