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
#include <variant>
#include <vector>

#include "src/base/bytes.h"
#include "src/base/time.h"

namespace ringback::sim {

struct DeadAir {
  Duration max;
  friend bool operator==(const DeadAir&, const DeadAir&) = default;
};
// The caller's end of turn to the first audible agent frame.
struct FirstAudio {
  Duration p95;
  friend bool operator==(const FirstAudio&, const FirstAudio&) = default;
};
// The caller's end of turn to the first token of the model.
struct FirstToken {
  Duration p95;
  friend bool operator==(const FirstToken&, const FirstToken&) = default;
};
// Attempts beyond the first of an equal request, each after a failure.
struct Retries {
  std::string tool = "*";
  std::uint64_t max = 0;
  friend bool operator==(const Retries&, const Retries&) = default;
};
// Something is spoken after an unrecovered tool failure.
struct Fallback {
  Duration within;
  friend bool operator==(const Fallback&, const Fallback&) = default;
};
// Every function call of the model gets an output.
struct Answered {
  std::string tool = "*";
  friend bool operator==(const Answered&, const Answered&) = default;
};
struct EndsCleanly {
  friend bool operator==(const EndsCleanly&, const EndsCleanly&) = default;
};
// Equal requests to one tool, counted in all.
struct IdenticalRequests {
  std::uint64_t max = 0;
  friend bool operator==(const IdenticalRequests&, const IdenticalRequests&) = default;
};

using Property =
    std::variant<DeadAir, FirstAudio, FirstToken, Retries, Fallback, Answered, EndsCleanly, IdenticalRequests>;

// "dead_air", as in a file of expectations.
std::string_view name_of(const Property& property);
// The limits: "{max: 3s}".
std::string to_text(const Property& property);

struct Expectations {
  bool were_asked = false;  // false: the defaults, of which nobody asked for any in particular
  std::vector<Property> properties;
  friend bool operator==(const Expectations&, const Expectations&) = default;
};

inline constexpr std::size_t kPropertiesMax = 1'000;
inline constexpr std::int64_t kCountMax = 1'000'000;

// Dead air at most 5 s, every function call answered, the call ends cleanly, no identical request more than 3 times.
Expectations default_expectations();

// Throws Error (file:line:column: expected ..., found ..., did you mean ...).
Expectations parse_expectations(std::string_view file_name, BytesView yaml);
std::string to_yaml(const Expectations& expectations);

}  // namespace ringback::sim
