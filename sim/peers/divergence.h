// Where a run left what was expected of it. A value, not an exception.
#pragma once

#include <string>

#include "src/base/time.h"

namespace ringback::sim {

// The first causal mismatch between a capture and its replay, or the first event that differs between two runs.
struct Divergence {
  VirtualTime at;
  std::string channel;
  std::string what;      // "surplus request", "missing response", ...
  std::string expected;  // what the recording has; empty where nothing was expected
  std::string actual;
  std::string nearest;  // the nearest recorded match, for the reader; may be empty

  friend bool operator==(const Divergence&, const Divergence&) = default;
};

}  // namespace ringback::sim
