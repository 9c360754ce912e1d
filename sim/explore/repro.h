// A repro: one trace file that holds a failure whole: the recording, the case, the agent, the properties, and what
// running it gives.
//
// It is a trace like all others (`info`, `cat`, `replay` take it); what makes it a repro stands in its metadata under
// keys that begin with "repro.".
//
//   trace::Trace file = stored(repro);
//   Repro again = read_repro("silence.rbt", file);
#pragma once

#include <string>
#include <vector>

#include "sim/check/expectations.h"
#include "sim/explore/case.h"
#include "sim/explore/certificate.h"
#include "sim/explore/signature.h"

namespace ringback::sim {

struct Repro {
  trace::Trace recording;
  Case one;                              // with the user's own overlay in its schedule
  std::string agent;                     // "builtin:voice?retries=5"; empty where the agent is a command
  std::vector<std::string> command;      // of a child process
  std::string cpu;                       // what that process's work costs; empty: nothing
  std::string fingerprint;               // of what it ran in, for people (docs/determinism.md)
  std::string dial;                      // where the caller reaches that process; empty: the usual place
  std::vector<std::string> environment;  // NAME=VALUE, for that process
  Expectations expectations;
  Signature failure;
  std::string finding;                 // "longest 20.000 s"
  Digest digest;                       // of the run
  std::string caller = "turn-taking";  // as parse_caller_options takes it
  // Nothing where nobody shrank it; see shrink.h.
  std::vector<Removal> certificate;
  std::string made_by;  // "ringback 0.1.0"
};

// Whether a trace is a repro at all.
bool is_repro(const trace::Trace& file);
trace::Trace stored(const Repro& repro);
// Throws Error (file, key, what was expected) where the file is no repro, or not a whole one.
Repro read_repro(std::string_view file_name, const trace::Trace& file);

}  // namespace ringback::sim
