#include "sim/run/run.h"

#include <algorithm>
#include <memory>
#include <set>
#include <stdexcept>

#include <catch2/catch.hpp>

#include "sim/agents/voice.h"
#include "sim/faults/parse.h"
#include "src/host/file.h"
#include "src/host/scratch_file.h"
#include "tests/support/typed_call.h"

namespace ringback::sim {
namespace {

RunResult replay(const trace::Trace& recording, const char* overlay, const char* agent, Seed seed = 0) {
  const Schedule schedule = *overlay == 0 ? Schedule() : parse_schedule("overlay.yaml", overlay);
  VoiceAgent voice(parse_voice_options(AgentSpec::parse(agent)));
  return run_scenario({.recording = recording, .schedule = schedule, .seed = seed}, voice);
}

std::vector<std::string> texts_of_agent(const RunResult& result) {
  std::vector<std::string> texts;
  for (const trace::Event& event : result.run.events) {
    if (event.kind == trace::EventKind::text && event.direction == trace::Direction::from_agent) {
      texts.push_back(trace::body_of<trace::Text>(event).text);
    }
  }
  return texts;
}

std::size_t count(const RunResult& result, trace::EventKind kind) {
  std::size_t n = 0;
  for (const trace::Event& event : result.run.events) n += event.kind == kind ? 1 : 0;
  return n;
}

constexpr const char* kMalformed = R"(
ringback: 1
faults:
  - id: broken
    where: tool:crm.lookup
    do: {body: "{not-json"}
)";

// Fails in a task beside its own, half a second into the call.
class FallingAgent final : public Agent {
 public:
  Task<void> run(AgentWorld& world) override {
    Scope work(world.kernel, world.lane);
    work.spawn(fall(world));
    for (;;) {
      std::optional<CallerInput> input = co_await world.caller.inbox().receive();
      if (!input.has_value()) break;
    }
  }

 private:
  static Task<void> fall(AgentWorld& world) {
    co_await sleep(world.kernel, world.lane, milliseconds(500));
    throw std::out_of_range("no such field");
  }
};

}  // namespace

TEST_CASE("an exception that leaves a task of the agent is the agent's failure, and ends the run", "[run]") {
  const trace::Trace recording = testing::make_typed_call();
  FallingAgent agent;
  const RunResult result = run_scenario({.recording = recording, .schedule = {}, .is_lenient = true}, agent);
  CHECK(result.ended_by == "agent-failed");
  CHECK(result.end == VirtualTime() + milliseconds(500));
  CHECK(result.notices == std::vector<std::string>{"the agent failed: no such field"});
}

TEST_CASE("a recording replayed against the agent that made it does not diverge", "[run]") {
  const RunResult result = replay(testing::make_typed_call(), "", "builtin:voice");
  INFO((result.divergence
            ? result.divergence->what + ": " + result.divergence->expected + " / " + result.divergence->actual
            : ""));
  REQUIRE_FALSE(result.divergence.has_value());
  REQUIRE(result.ended_by == "caller");
  REQUIRE(texts_of_agent(result) == std::vector<std::string>{testing::kTypedAnswer});
  REQUIRE(result.origins.at("recorded") == 3);  // two responses, one tool answer
  REQUIRE(result.origins.size() == 1);
}

TEST_CASE("an undisturbed replay keeps the recording's times", "[run]") {
  const trace::Trace recording = testing::make_typed_call();
  const RunResult result = replay(recording, "", "builtin:voice");
  const auto time_of_answer = [](const trace::Trace& trace) {
    for (const trace::Event& event : trace.events) {
      if (event.kind == trace::EventKind::text && event.direction == trace::Direction::from_agent) return event.at;
    }
    return VirtualTime();
  };
  REQUIRE((time_of_answer(result.run) == time_of_answer(recording)));
}

TEST_CASE("the same run twice has the same digest and chain", "[run]") {
  const trace::Trace recording = testing::make_typed_call();
  for (const char* overlay : {"", kMalformed}) {
    const RunResult first = replay(recording, overlay, "builtin:voice");
    const RunResult second = replay(recording, overlay, "builtin:voice");
    REQUIRE((first.digest == second.digest));
    REQUIRE((first.chain == second.chain));
    REQUIRE(first.run.events == second.run.events);
  }
}

TEST_CASE("an agent without a fallback falls silent after its retries and the caller loses patience", "[run]") {
  const RunResult result = replay(testing::make_typed_call(), kMalformed, "builtin:voice?retries=5&fallback=none");
  REQUIRE(result.ended_by == "patience");
  REQUIRE(count(result, trace::EventKind::request) == 6);
  REQUIRE(texts_of_agent(result).empty());
  REQUIRE(result.faults.at(0).fired == 6);
  // The recorded answer was never used up, so each attempt is an answer of the recording.
  REQUIRE(result.origins.at("recorded") == 7);
}

TEST_CASE("an agent with a spoken fallback says so and the call goes on", "[run]") {
  const RunResult result = replay(testing::make_typed_call(), kMalformed, "builtin:voice?retries=1&fallback=spoken");
  REQUIRE(result.ended_by == "caller");
  REQUIRE(texts_of_agent(result) == std::vector<std::string>{std::string(kVoiceFallback)});
}

TEST_CASE("a tool that recovers after two bad answers is answered from the recording", "[run]") {
  const RunResult result = replay(testing::make_typed_call(), R"(
ringback: 1
faults:
  - {where: "tool:*", at: {call: 1..2}, do: {status: 503}}
)",
                                  "builtin:voice?retries=3&backoff=100ms");
  REQUIRE(count(result, trace::EventKind::request) == 3);
  REQUIRE(texts_of_agent(result) == std::vector<std::string>{testing::kTypedAnswer});
}

TEST_CASE("a tool that never answers is abandoned at each time-out", "[run]") {
  const RunResult result = replay(testing::make_typed_call(), R"(
ringback: 1
faults:
  - {where: "tool:*", do: timeout}
)",
                                  "builtin:voice?retries=2&timeout=1s&fallback=spoken");
  REQUIRE(count(result, trace::EventKind::abandoned) == 3);
  REQUIRE(result.ended_by == "caller");
}

TEST_CASE("a model stream that is cut leaves the caller waiting until patience ends", "[run]") {
  const RunResult result = replay(testing::make_typed_call(), R"(
ringback: 1
faults:
  - {where: model, at: {response: 2, token: 1}, do: {cut: {code: 1006}}}
)",
                                  "builtin:voice");
  REQUIRE(result.ended_by == "patience");
  REQUIRE(count(result, trace::EventKind::closed) == 1);
}

TEST_CASE("a stalled model stream stays open and says nothing more", "[run]") {
  const RunResult result = replay(testing::make_typed_call(), R"(
ringback: 1
faults:
  - {where: model, at: {response: 2}, do: {stall: {after: 1}}}
)",
                                  "builtin:voice");
  REQUIRE(result.ended_by == "patience");
  REQUIRE(texts_of_agent(result).empty());
}

TEST_CASE("a long run keeps little in memory, and has the digest that it has in memory", "[run]") {
  const auto load = [](std::shared_ptr<Scratch> scratch) {
    const auto source = host::open_source("traces/hour-of-readings.rbt");
    return trace::read_trace(*source, std::move(scratch));
  };
  const trace::Trace in_memory = load(nullptr);
  const trace::Trace in_scratch = load(std::make_shared<host::ScratchFile>());
  constexpr std::size_t kKeptMax = trace::EventLog::kKeptBytes + trace::EventLog::kBlockBytes;
  REQUIRE(in_memory.events.kept_bytes() > 4 * kKeptMax);
  REQUIRE(in_scratch.events.kept_bytes() <= kKeptMax);
  const RunResult first = replay(in_memory, "", "builtin:voice");
  const RunResult second = replay(in_scratch, "", "builtin:voice");
  REQUIRE((second.digest == first.digest));
  REQUIRE((second.chain == first.chain));
  REQUIRE(first.run.events.kept_bytes() > 4 * kKeptMax);
  REQUIRE(second.run.events.kept_bytes() <= kKeptMax);
  REQUIRE(second.run.events.size() == first.run.events.size());
}

TEST_CASE("an agent that asks what was never recorded ends a strict run there", "[run]") {
  trace::Trace recording = testing::make_typed_call();
  const auto request = std::find_if(recording.events.begin(), recording.events.end(),
                                    [](const trace::Event& event) { return event.kind == trace::EventKind::request; });
  recording.events.replace(
      request.index(),
      trace::make_event(
          {.at = request->at, .channel = request->channel, .direction = request->direction, .exchange = 1},
          trace::Request{.operation = "lookup", .body = R"({"name":"Grace"})"}));
  const RunResult result = replay(recording, "", "builtin:voice");
  REQUIRE(result.halted);
  REQUIRE(result.divergence->what == "unmatched request");
  REQUIRE(result.divergence->nearest == R"({"name":"Grace"})");
}

TEST_CASE("a rule answers what was never recorded, and one that answers nothing is told", "[run]") {
  const RunResult result = replay(testing::make_typed_call(), R"(
ringback: 1
faults:
  - {where: "tool:*", do: {body: '{"id":8}'}}
answers:
  - when: {channel: model, response: 2}
    say: "Found somebody."
  - when: {channel: model, response: 9}
    say: "Never."
)",
                                  "builtin:voice");
  REQUIRE(texts_of_agent(result) == std::vector<std::string>{"Found somebody."});
  REQUIRE(result.origins.at("rule") == 1);
  REQUIRE(result.faults.size() == 3);
  REQUIRE(result.faults[1].id == "answers[1]");
  REQUIRE(result.faults[1].fired == 1);
  REQUIRE(result.faults[2].fired == 0);
  REQUIRE_FALSE(result.faults[2].may_stay_silent);
}

TEST_CASE("a rule whose answer its channel cannot give is refused", "[run]") {
  const trace::Trace recording = testing::make_typed_call();
  const auto with = [&](const char* rule) {
    return replay(recording, (std::string("ringback: 1\nanswers:\n  - ") + rule).c_str(), "builtin:voice");
  };
  REQUIRE_THROWS_WITH(with("{when: {channel: model}, body: x}"), Catch::Contains("overlay.yaml:3:5: expected `say`"));
  REQUIRE_THROWS_WITH(with("{when: {channel: \"tool:*\"}, say: x}"), Catch::Contains("expected `body` or `status`"));
  REQUIRE_THROWS_WITH(with("{when: {channel: caller}, say: x}"), Catch::Contains("a model or a tool"));
}

TEST_CASE("a probability draws from the seed", "[run]") {
  const char* overlay = R"(
ringback: 1
faults:
  - {where: "tool:*", at: {probability: 1/2}, do: {status: 500}}
)";
  const trace::Trace recording = testing::make_typed_call();
  std::set<std::string> digests;
  for (Seed seed = 0; seed < 8; ++seed)
    digests.insert(to_hex(replay(recording, overlay, "builtin:voice", seed).digest));
  REQUIRE(digests.size() >= 2);
}

TEST_CASE("a fault that never fired says how near the run came to it", "[run]") {
  const auto nearest = [](const char* fault) {
    const std::string overlay = std::string("ringback: 1\nfaults:\n  - ") + fault + "\n";
    const RunResult result = replay(testing::make_typed_call(), overlay.c_str(), "builtin:voice");
    CHECK(result.faults.at(0).fired == 0);
    return result.faults.at(0).nearest;
  };
  CHECK(nearest("{where: \"tool:crm.lookup\", at: {call: 7}, do: {status: 500}}") == "the run made 1 call there");
  CHECK(nearest("{where: model, at: {response: 9}, do: rate_limit}") == "the run came to 2 responses there");
  CHECK_THAT(nearest("{where: model, at: {response: 2, token: 4700}, do: reset}"),
             Catch::StartsWith("number 2 had the most there, "));
  CHECK_THAT(nearest("{where: model, at: {time: 3600s}, do: reset}"),
             Catch::StartsWith("the last event there came at"));
}

}  // namespace ringback::sim
