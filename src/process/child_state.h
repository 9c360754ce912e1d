// What a child in virtual time is started with, and what is told of it afterwards.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "sim/agents/port.h"
#include "src/process/endpoints.h"
#include "src/process/process_agent.h"

namespace ringback::process {

// The wall clock of a recording that knows none: 2026-01-01 00:00 UTC.
inline constexpr std::int64_t kUsualEpochNs = 1'767'225'600'000'000'000;

// Where the caller dials: ws://HOST[:PORT]/PATH.
struct Dial {
  std::string host = "localhost";
  std::uint16_t port = 0;  // 0: the first that the child listens on
  std::string target;      // empty: the usual one of a phone, or of a chat window
};
// Empty: the usual place. Throws Error where it is no such URL.
Dial parse_dial(std::string_view url);

struct ChildState {
  ProcessOptions options;
  Dial dial;
  Endpoints endpoints;
  std::int64_t epoch_ns = kUsualEpochNs;
  sim::AgentFacts facts;
  std::set<std::string> said;

  void notice(std::string text) {
    if (said.insert(text).second) facts.notices.push_back(std::move(text));
  }
};

}  // namespace ringback::process
