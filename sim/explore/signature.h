// When two failures are the same: what property, on what channel, in what operation, for what class of cause. No index
// and no time, so a failure keeps its signature while a shrinker moves it about.
//
//   for (const Failure& failure : failures_of(run, timeline, properties)) seen.insert(failure.signature);
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "sim/check/property.h"

namespace ringback::sim {

// The cause is the last trouble that the run shows before the property was broken: a tool's bad answer, a lost
// connection, a response that failed. It is read off the run, not off the schedule.
struct Signature {
  std::string property;   // "dead_air"
  std::string channel;    // of the trouble: "tool:ehr.lookup_patient"; empty where there was none
  std::string operation;  // "call", "response", "connection"; empty
  std::string cause;      // "malformed", "error status", "no answer", "refused", ...; empty

  auto operator<=>(const Signature&) const = default;
};

// "dead_air after a malformed answer of tool:ehr.lookup_patient"
std::string to_text(const Signature& signature);
// One line, "dead_air|tool:ehr.lookup_patient|call|malformed", and back. Throws Error.
std::string to_key(const Signature& signature);
Signature parse_signature(std::string_view where, std::string_view key);

struct Failure {
  Signature signature;
  VirtualTime at;       // of the first evidence; the run's end where it has none
  std::string finding;  // the property's own line
};

// The failed properties of a run, each once, in the order in which they were asked. An undecided one has not failed.
std::vector<Failure> failures_of(const RunResult& result, const Timeline& timeline,
                                 const std::vector<PropertyResult>& properties);

}  // namespace ringback::sim
