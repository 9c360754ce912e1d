// Overlays in tests: text in, schedule or message out.
#pragma once

#include <string>
#include <string_view>

#include "sim/faults/parse.h"
#include "src/base/error.h"

namespace ringback::sim {

// One overlay with these lines under `faults:`, the first in line 3.
inline Schedule overlay(std::string_view faults) {
  return parse_schedule("o.yaml", fmt::format("ringback: 1\nfaults:\n{}\n", faults));
}

// What parse_schedule says about `text`; empty where it accepts it.
inline std::string complaint(BytesView text) {
  try {
    (void)parse_schedule("o.yaml", text);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace ringback::sim
