// A replay in a test of your own: a recording, a fault overlay and an agent in; verdicts, figures and the run out.
//
//   ringback::Replay replay{.recording = ringback::load_trace("call.rbt"), .faults =
//   ringback::load_faults("ehr.yaml")}; Desk desk(options); const ringback::Replayed run = ringback::run(replay, desk);
//   INFO(run.text());
//   REQUIRE(run.holds());
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/agents/port.h"
#include "sim/check/expectations.h"
#include "sim/check/metrics.h"
#include "sim/check/property.h"
#include "sim/check/timeline.h"
#include "sim/faults/schedule.h"
#include "sim/peers/caller.h"
#include "sim/run/result.h"
#include "src/trace/trace.h"

namespace ringback {

using sim::Expectations;
using sim::Metrics;
using sim::PropertyResult;
using sim::RunResult;
using sim::Schedule;
using sim::Timeline;
using sim::Verdict;

// All of these throw Error: file, place, what was expected and what was found.
trace::Trace load_trace(const std::string& path);
Schedule load_faults(const std::string& path);
Expectations load_expectations(const std::string& path);
// The same from the text of such a file.
Schedule parse_faults(std::string_view yaml);
Expectations parse_expectations(std::string_view yaml);

// What `ringback replay` is asked. Fields that are left out are its defaults.
struct Replay {
  trace::Trace recording;
  Schedule faults = {};
  Expectations expectations = sim::default_expectations();
  Seed seed = 0;
  sim::CallerOptions caller = {};
  bool is_lenient = false;                            // without faults: go on where the recording has no answer
  sim::Reaction reaction = sim::Reaction::apologise;  // of the model, where nothing was recorded
};

// What a repro holds, as `ringback explore` and `shrink` write it: its recording with the case's mutations made, its
// faults, properties, caller and reaction. Throws Error as load_trace does, and where the file is no repro.
Replay load_repro(const std::string& path);

// What came of it. A value.
struct Replayed {
  RunResult result;
  Timeline timeline;
  std::vector<PropertyResult> properties;
  Metrics metrics;

  // What `ringback replay` ends with 0 for: every property held, every fault fired, the run stayed in the recording or
  // was allowed to leave it.
  bool holds() const;
  // The verdict of the first property of that name, such as "dead_air". Throws Error where it was not asked.
  Verdict verdict(std::string_view property) const;
  // The report as `ringback replay` prints it, without colour and in ASCII: for INFO, or for a log.
  std::string text() const;
};

// Runs once. The agent's own exceptions end the run ("agent-failed"); Error where the recording or the faults cannot be
// replayed.
Replayed run(const Replay& replay, sim::Agent& agent);

// The first event in which two runs differ, as text; empty where they are the same to the last octet. For a test that
// an agent keeps to virtual time: run twice, each time with a new agent, and expect nothing.
std::string difference(const Replayed& first, const Replayed& second);

}  // namespace ringback
