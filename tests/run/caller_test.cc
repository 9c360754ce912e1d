// The caller by itself: interruptions, keys, patience, "Hello?", against agents that only talk.
#include <catch2/catch.hpp>

#include "sim/agents/voice.h"
#include "sim/faults/parse.h"
#include "sim/run/run.h"
#include "src/audio/level.h"
#include "src/audio/tone.h"
#include "src/host/file.h"
#include "src/trace/reader.h"
#include "tests/support/run_twice.h"
#include "tests/support/typed_call.h"

namespace ringback::sim {
namespace {

using trace::Direction;
using trace::EventKind;
using trace::Origin;

constexpr audio::Format kFormat{audio::Encoding::mulaw, 8'000};

// The agent speaks for 3 s from 1 s on; the caller interrupts at 2.5 s for 400 ms, presses 5 at 5 s, hangs up at 7 s.
trace::Trace phone_call() {
  trace::Trace trace;
  const auto caller = trace.declare({.kind = trace::ChannelKind::caller, .name = "caller"});
  const auto track =
      trace.declare({.kind = trace::ChannelKind::audio, .name = "caller.audio", .encoding = "mulaw", .rate = 8'000});
  const auto agent =
      trace.declare({.kind = trace::ChannelKind::audio, .name = "agent.audio", .encoding = "mulaw", .rate = 8'000});
  trace.declare({.kind = trace::ChannelKind::model, .name = "model", .encoding = "openai-realtime"});
  const auto add = [&](Duration at, trace::ChannelId channel, Direction direction, const auto& body) {
    trace.add(trace::make_event({.at = VirtualTime() + at, .channel = channel, .direction = direction}, body));
  };
  add({}, caller, Direction::to_agent, trace::CallStarted{});
  add(seconds(1), agent, Direction::from_agent, trace::Audio{audio::tone(seconds(3), kFormat)});
  add(milliseconds(2500), track, Direction::to_agent, trace::Audio{audio::tone(milliseconds(400), kFormat)});
  add(seconds(5), caller, Direction::to_agent, trace::Dtmf{"5"});
  add(seconds(7), caller, Direction::to_agent, trace::HungUp{.by = "caller"});
  return trace;
}

// Talks for a while from 1 s on, whatever it hears.
class Talker final : public Agent {
 public:
  explicit Talker(Duration length) : length_(length) {}
  Task<void> run(AgentWorld& world) override {
    digits.clear();
    co_await sleep(world.kernel, world.lane, seconds(1));
    if (length_ > Duration()) world.caller.send_audio(audio::tone(length_, kFormat));
    for (;;) {
      std::optional<CallerInput> input = co_await world.caller.inbox().receive();
      if (!input.has_value()) break;
      if (const auto* digit = std::get_if<CallerDigit>(&*input)) digits += digit->digit;
    }
  }
  std::string digits;

 private:
  Duration length_;
};

RunResult call(const trace::Trace& recording, Agent& agent, const CallerOptions& caller, const char* overlay = "",
               Reaction reaction = Reaction::apologise) {
  const Schedule schedule = *overlay == 0 ? Schedule() : parse_schedule("overlay.yaml", overlay);
  RunResult last;
  const auto difference = testing::run_twice([&] {
    last = run_scenario(
        {.recording = recording, .schedule = schedule, .caller = caller, .is_lenient = true, .reaction = reaction},
        agent);
    return last;
  });
  REQUIRE_FALSE(difference.has_value());
  return last;
}

// When the caller's track was first audible.
std::optional<VirtualTime> first_words(const RunResult& result) {
  const trace::ChannelId track = result.run.channels.find("caller.audio")->id;
  for (const trace::Event& event : result.run.events) {
    if (event.channel == track && event.kind == EventKind::audio &&
        audio::is_audible(trace::body_field(event.body, 1), kFormat))
      return event.at;
  }
  return std::nullopt;
}

std::size_t hellos(const RunResult& result) {
  std::size_t n = 0;
  for (const trace::Event& event : result.run.events) {
    if (event.kind == EventKind::text && event.origin == Origin::stub &&
        trace::body_of<trace::Text>(event).text == kHello)
      ++n;
  }
  return n;
}

}  // namespace

TEST_CASE("an interruption comes at the recorded offset into the agent's speech", "[caller]") {
  Talker agent(seconds(3));
  // Heard 40 ms after it was sent; the caller began 1.46 s after that.
  CHECK((first_words(call(phone_call(), agent, {})) == VirtualTime() + milliseconds(2500)));
}

TEST_CASE("an interruption of an agent that stopped earlier is an ordinary turn", "[caller]") {
  Talker agent(milliseconds(500));
  const VirtualTime heard_until = VirtualTime() + seconds(1) + milliseconds(540);
  CHECK((first_words(call(phone_call(), agent, {})) == heard_until + kOrdinaryGap));
}

TEST_CASE("keys are pressed and the caller hangs up as in the recording", "[caller]") {
  Talker agent(seconds(3));
  const RunResult result = call(phone_call(), agent, {});
  CHECK(agent.digits == "5");
  CHECK(result.ended_by == "caller");
  CHECK((result.agent_first_heard == VirtualTime() + milliseconds(1040)));
}

TEST_CASE("a caller waits as long as patience says", "[caller]") {
  Talker mute{Duration()};
  for (const Duration patience : {seconds(3), seconds(20)}) {
    const RunResult result = call(phone_call(), mute, {.patience = patience});
    CHECK(result.ended_by == "patience");
    CHECK((result.run.events.back().at >= VirtualTime() + patience));
    CHECK((result.run.events.back().at <= VirtualTime() + patience + milliseconds(40)));
    CHECK_FALSE(result.agent_first_heard.has_value());
  }
}

TEST_CASE("a caller who says hello does so twice, then waits until patience ends", "[caller]") {
  Talker mute{Duration()};
  const RunResult quiet = call(phone_call(), mute, {});
  CHECK(hellos(quiet) == 0);
  const RunResult result = call(phone_call(), mute, {.hello_after = seconds(4)});
  CHECK(hellos(result) == 2);
  CHECK((first_words(result) == VirtualTime() + seconds(4)));
  CHECK(result.ended_by == "patience");
}

TEST_CASE("a typed hello makes a turn that the model answers", "[caller]") {
  VoiceAgent agent(parse_voice_options(AgentSpec::parse("builtin:voice?retries=0&fallback=none")));
  const RunResult result = call(testing::make_typed_call(), agent, {.hello_after = seconds(4)},
                                "ringback: 1\nfaults:\n  - {where: \"tool:*\", do: malformed}\n");
  // The call is still pending after each apology: the caller asks once more, then waits until patience ends.
  CHECK(hellos(result) == 2);
  CHECK(result.stand_ins.size() == 2);
  CHECK(result.agent_first_heard.has_value());
  CHECK(result.ended_by == "patience");
}

TEST_CASE("a spoken hello is heard by the model's detector, and is left out of a recording of the run", "[caller]") {
  auto source = host::open_source("traces/clinic-lookup.rbt");
  const trace::Trace recording = trace::read_trace(*source);
  VoiceAgent agent(parse_voice_options(AgentSpec::parse("builtin:voice?retries=0&fallback=none")));
  const RunResult result = call(recording, agent, {.hello_after = seconds(3)},
                                "ringback: 1\nfaults:\n  - {where: \"tool:*\", do: malformed}\n");
  CHECK(hellos(result) >= 1);
  CHECK_FALSE(result.stand_ins.empty());
}

TEST_CASE("the caller's options are read, and a wrong one is named", "[caller]") {
  CHECK((parse_caller_options("turn-taking") == CallerOptions{}));
  CHECK((parse_caller_options("open-loop,patience=30s") == CallerOptions{.patience = seconds(30), .open_loop = true}));
  CHECK((parse_caller_options("hello-after=4s") == CallerOptions{.hello_after = seconds(4)}));
  CHECK_THROWS_WITH(parse_caller_options("helo-after=4s"), Catch::Contains("did you mean 'hello-after'?"));
  CHECK_THROWS_WITH(parse_caller_options("patience=0s"), Catch::Contains("expected a time above 0"));
  CHECK_THROWS_WITH(parse_caller_options("open-loop,"), Catch::Contains("found ''"));
}

}  // namespace ringback::sim
