#include "sim/run/recording_of_run.h"

#include <catch2/catch.hpp>

#include "sim/agents/voice.h"
#include "sim/faults/parse.h"
#include "sim/run/run.h"
#include "src/host/file.h"
#include "tests/support/typed_call.h"

namespace ringback::sim {
namespace {

RunResult replay(const trace::Trace& recording, const Schedule& schedule, const char* agent) {
  VoiceAgent voice(parse_voice_options(AgentSpec::parse(agent)));
  return run_scenario({.recording = recording, .schedule = schedule}, voice);
}

trace::Trace clinic() {
  const auto source = host::open_source("traces/clinic-lookup.rbt");
  return trace::read_trace(*source);
}

constexpr const char* kMalformed = R"(
ringback: 1
faults:
  - {where: "tool:*", do: {body: "{not-json"}}
)";

constexpr const char* kDeaf = R"(
ringback: 1
faults:
  - {where: caller.audio, at: {time: 4s, for: 2s}, do: silence}
)";

}  // namespace

TEST_CASE("a run without faults, replayed, is the same run", "[run]") {
  for (const trace::Trace& recording : {testing::make_typed_call(), clinic()}) {
    const RunResult first = replay(recording, {}, "builtin:voice");
    REQUIRE(is_run(first.run));
    const RunResult again = replay(recording_of_run(first.run), {}, "builtin:voice");
    REQUIRE_FALSE(again.divergence.has_value());
    REQUIRE((again.digest == first.digest));
  }
}

TEST_CASE("a run under faults, replayed under the same, is the same run", "[run]") {
  for (const char* overlay : {kMalformed, kDeaf}) {
    const Schedule schedule = parse_schedule("overlay.yaml", overlay);
    const RunResult first = replay(clinic(), schedule, "builtin:voice");
    const RunResult again = replay(recording_of_run(first.run), schedule, "builtin:voice");
    INFO(overlay);
    REQUIRE((again.digest == first.digest));
  }
}

TEST_CASE("a run under faults has what the peers had sent", "[run]") {
  const trace::Trace recording = testing::make_typed_call();
  const RunResult broken = replay(recording, parse_schedule("overlay.yaml", kMalformed), "builtin:voice?fallback=none");
  const trace::Trace restored = recording_of_run(broken.run);
  std::size_t answers = 0;
  for (const trace::Event& event : restored.events) {
    REQUIRE(event.kind != trace::EventKind::fault_fired);
    if (event.kind != trace::EventKind::response) continue;
    ++answers;
    REQUIRE(trace::body_of<trace::Response>(event).body == R"({"id":7})");
  }
  REQUIRE(answers == 6);
  // Without the fault the agent gets past the tool.
  const RunResult mended = replay(restored, {}, "builtin:voice");
  REQUIRE(mended.origins.at("recorded") >= 2);
}

TEST_CASE("a capture is no run", "[run]") { REQUIRE_FALSE(is_run(testing::make_typed_call())); }

}  // namespace ringback::sim
