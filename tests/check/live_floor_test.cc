// The caller who hangs up during a run and the check that looks at the run afterwards must mean the same silence.
#include <catch2/catch.hpp>

#include "sim/agents/voice.h"
#include "sim/check/timeline.h"
#include "sim/faults/parse.h"
#include "sim/run/run.h"
#include "src/host/file.h"

namespace ringback::sim {
namespace {

struct Case {
  const char* name;
  const char* agent;
  const char* fault;
};

RunResult replay(const Case& drill) {
  host::FileSource file("traces/clinic-lookup.rbt");
  const trace::Trace recording = trace::read_trace(file);
  const Schedule schedule = parse_schedule("drill.yaml", fmt::format("ringback: 1\nfaults:\n  - {}\n", drill.fault));
  VoiceAgent agent(parse_voice_options(AgentSpec::parse(drill.agent)));
  return run_scenario({.recording = recording, .schedule = schedule}, agent);
}

TEST_CASE("a caller who lost patience has waited for just that long, also in the eyes of the checks") {
  const Case drills[] = {
      {"malformed answers", "builtin:voice?retries=5", "{where: 'tool:*', do: {body: '{not-json'}}"},
      {"a tool that never answers", "builtin:voice?timeout=none", "{where: 'tool:*', do: timeout}"},
      {"a model that stalls", "builtin:voice", "{where: model, at: {response: 3}, do: {stall: {after: 2}}}"},
      {"a model that breaks off", "builtin:voice",
       "{where: model, at: {response: 3, token: 4}, do: {cut: {code: 1006}}}"},
      {"a model that breaks off early", "builtin:voice",
       "{where: model, at: {response: 1, token: 1}, do: {cut: {code: 1006}}}"},
      {"a caller who is not heard", "builtin:voice", "{where: caller.audio, at: {time: 12s, for: 10s}, do: silence}"},
      {"an agent that is not heard", "builtin:voice", "{where: agent.audio, at: {time: 9s, for: 200s}, do: silence}"},
  };
  for (const Case& drill : drills) {
    const RunResult result = replay(drill);
    INFO(drill.name << ", ended by " << result.ended_by);
    REQUIRE(result.ended_by == "patience");
    const Timeline timeline = build_timeline(result.run, result.end);
    REQUIRE_FALSE(timeline.waits.empty());
    CHECK(timeline.waits.back().end == timeline.end);
    // The caller looks every 20 ms.
    CHECK(timeline.waits.back().length() >= seconds(20));
    CHECK(timeline.waits.back().length() < seconds(20) + milliseconds(20));
  }
}

}  // namespace
}  // namespace ringback::sim
