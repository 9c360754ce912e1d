// Runs that the report tests render.
#pragma once

#include "sim/report/report.h"
#include "tests/support/run_builder.h"

namespace ringback::sim {

// A finished run with everything that a report of it refers to.
struct Checked {
  RunResult result;
  Timeline timeline;
  std::vector<PropertyResult> properties;
  Metrics metrics;

  explicit Checked(RunResult run, const Expectations& asked = default_expectations())
      : result(std::move(run)),
        timeline(build_timeline(result.run, result.end)),
        properties(check_run(result, timeline, asked)),
        metrics(measure(timeline)) {}

  Report report() const {
    return {.result = result,
            .timeline = timeline,
            .properties = properties,
            .metrics = metrics,
            .trace = "traces/clinic-lookup.rbt",
            .agent = "builtin:voice?retries=5",
            .command = "ringback replay traces/clinic-lookup.rbt --faults ehr.yaml --agent 'builtin:voice?retries=5'",
            .wall_ns = 250'000'000};
  }
};

// Greeting, a question that is interrupted, a lookup that works, a farewell.
inline RunBuilder clinic_call() {
  using namespace std::chrono_literals;
  RunBuilder run;
  run.requested(0ms).created(200ms, "r1").token(400ms, "r1").agent_transcript(500ms, "Hello, this is the clinic.");
  run.agent_speaks(500ms, 4s).done(600ms, "r1");
  run.caller_speaks(5500ms, 3s).to_agent(9s, wire::input_transcription_completed("e", "i", "I need my results."));
  run.created(9s, "r2")
      .token(9100ms, "r2")
      .agent_transcript(9200ms, "Of course. May I have your full name and your date of");
  run.agent_speaks(9200ms, 8s).done(10s, "r2");
  run.caller_speaks(12s, 3s).agent_clears(12300ms).to_agent(
      15200ms, wire::input_transcription_completed("e", "i", "Ada Lovelace."));
  run.created(15300ms, "r3")
      .token(15400ms, "r3")
      .agent_transcript(15500ms, "One moment.")
      .agent_speaks(15500ms, 1200ms);
  run.calls(15700ms, "r3", "call_1", "lookup_patient").done(15800ms, "r3");
  return run;
}

inline RunResult clean_run() {
  using namespace std::chrono_literals;
  RunBuilder run = clinic_call();
  run.asks(15800ms, "ehr.lookup_patient", R"({"name": "Ada Lovelace"})");
  run.answers(16500ms, "ehr.lookup_patient", {.attempt = 1, .body = R"({"id": 7})"}).output(16500ms, "call_1");
  run.requested(16500ms)
      .created(16700ms, "r4")
      .token(16800ms, "r4")
      .agent_transcript(16900ms, "Your results are fine.");
  run.agent_speaks(16900ms, 5s).done(17s, "r4").caller_speaks(23s, 2s).agent_speaks(25800ms, 1s).hang_up(28s, "caller");
  RunResult result = run.result();
  result.origins = {{"recorded", 12}};
  return result;
}

// The records tool answers no JSON; the agent tries five times and gives up.
inline RunResult failed_run() {
  using namespace std::chrono_literals;
  RunBuilder run = clinic_call();
  for (std::uint32_t i = 0; i < 5; ++i) {
    const RunBuilder::Time asked = 15800ms + i * 900ms;
    run.asks(asked, "ehr.lookup_patient", R"({"name": "Ada Lovelace"})");
    run.fault(asked + 700ms, "tool:ehr.lookup_patient", "ehr-malformed", "body", "", i + 1);
    run.answers(asked + 700ms, "ehr.lookup_patient",
                {.attempt = i + 1, .body = "{not-json", .origin = trace::Origin::world});
  }
  run.hang_up(36740ms, "caller", "patience");
  RunResult result = run.result();
  result.origins = {{"recorded", 11}, {"recorded-repeat", 4}};
  result.faults = {{.id = "ehr-malformed", .fired = 5}};
  return result;
}

}  // namespace ringback::sim
