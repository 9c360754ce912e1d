// What is asked of a run: the properties with their limits, as `--expect` has them.
//
//   ringback: 1
//   properties:
//     - dead_air: {max: 3s}
//     - retries: {tool: "*", max: 3}
//
//   Expectations asked = parse_expectations("call.yaml", text);
//   std::string again = to_yaml(asked);          // reads back as equal
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/check/properties.h"
#include "src/base/bytes.h"

namespace ringback::sim {

struct Expectations {
  bool were_asked = false;  // false: the defaults, of which nobody asked for any in particular
  std::vector<Property> properties;
  friend bool operator==(const Expectations&, const Expectations&) = default;
};

inline constexpr std::size_t kPropertiesMax = 1'000;
inline constexpr std::int64_t kCountMax = 1'000'000'000;
inline constexpr std::size_t kWordsMax = 100;  // of one property

// Dead air at most 5 s, the agent says something, every function call answered, the call ends cleanly, no identical
// request more than 3 times.
Expectations default_expectations();

// Throws Error (file:line:column: expected ..., found ..., did you mean ...).
Expectations parse_expectations(std::string_view file_name, BytesView yaml);
std::string to_yaml(const Expectations& expectations);

// The format as a JSON schema (draft 2020-12), for editors: docs/schema/expectations.schema.json.
std::string expectations_json_schema();

}  // namespace ringback::sim
