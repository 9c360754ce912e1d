// One run: a recording, a fault schedule, an agent and a seed in, a RunResult out. A pure function of them.
//
//   Scenario scenario{.recording = trace, .schedule = overlay, .seed = 7};
//   VoiceAgent agent(options);
//   RunResult result = run_scenario(scenario, agent);
#pragma once

#include "sim/agents/port.h"
#include "sim/faults/schedule.h"
#include "sim/peers/caller.h"
#include "sim/peers/recorded_world.h"
#include "sim/run/result.h"
#include "src/trace/trace.h"

namespace ringback::sim {

struct Scenario {
  const trace::Trace& recording;
  const Schedule& schedule;
  Seed seed = 0;
  CallerOptions caller;
  // Without faults a run ends at the first divergence; true goes on down the ladder of answers.
  bool is_lenient = false;
  // What the model does where nothing was recorded and no rule answers.
  Reaction reaction = Reaction::apologise;
  // A run that is still going on at this virtual time ends there ("limit"); without one at default_limit().
  std::optional<Duration> limit;
  // The recording taken apart, where many runs are made of one; null: this run reads it for itself.
  const RecordedWorld* world = nullptr;
  RunDigest digest = RunDigest::wanted;
};

// Twice the recording's length and ten minutes: an agent that says the same again and again keeps a patient caller for
// ever.
Duration default_limit(Duration recording);

// After the caller has hung up the agent has this long to end.
inline constexpr Duration kGraceAfterHangUp = seconds(5);

// Throws Error where the recording lacks what a run needs (a model channel that the agent can use), or the schedule
// does not fit it. The agent's own exceptions end the run ("agent-failed").
RunResult run_scenario(const Scenario& scenario, Agent& agent);

}  // namespace ringback::sim
