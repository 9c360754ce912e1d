#include "sim/peers/caller_plan.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "src/audio/tone.h"

namespace ringback::sim {
namespace {

constexpr audio::Format kFormat{audio::Encoding::mulaw, 8'000};

VirtualTime at_ms(std::int64_t ms) { return VirtualTime() + milliseconds(ms); }

// A call whose tracks are drawn: sound from `from` to `until` (ms), the caller's in frames of 20 ms.
class Drawing {
 public:
  Drawing() {
    caller_ = trace_.declare({.kind = trace::ChannelKind::caller, .name = "caller"});
    caller_audio_ =
        trace_.declare({.kind = trace::ChannelKind::audio, .name = "caller.audio", .encoding = "mulaw", .rate = 8000});
    agent_audio_ =
        trace_.declare({.kind = trace::ChannelKind::audio, .name = "agent.audio", .encoding = "mulaw", .rate = 8000});
  }
  Drawing& caller(std::int64_t from, std::int64_t until) {
    speech_.push_back({from, until});
    return *this;
  }
  // Sent at once at `at`, heard 40 ms later.
  Drawing& agent(std::int64_t at, std::int64_t length) {
    add(at, agent_audio_, trace::Direction::from_agent, trace::Audio{audio::tone(milliseconds(length), kFormat)});
    return *this;
  }
  template <class Body>
  Drawing& control(std::int64_t at, trace::Direction direction, Body body) {
    add(at, caller_, direction, body);
    return *this;
  }
  CallerPlan plan(std::int64_t length) {
    for (std::int64_t t = 0; t < length; t += 20) {
      bool speaks = false;
      for (const auto& [from, until] : speech_) speaks = speaks || (t >= from && t < until);
      add(t, caller_audio_, trace::Direction::to_agent,
          trace::Audio{speaks ? audio::tone(milliseconds(20), kFormat) : audio::silence(160, kFormat)});
    }
    std::stable_sort(events_.begin(), events_.end(),
                     [](const trace::Event& a, const trace::Event& b) { return a.at < b.at; });
    for (trace::Event& event : events_) trace_.add(std::move(event));
    return plan_caller(trace_);
  }

 private:
  template <class Body>
  void add(std::int64_t at, trace::ChannelId channel, trace::Direction direction, const Body& body) {
    events_.push_back(trace::make_event({.at = at_ms(at), .channel = channel, .direction = direction}, body));
  }
  trace::Trace trace_;
  trace::ChannelId caller_ = 0;
  trace::ChannelId caller_audio_ = 0;
  trace::ChannelId agent_audio_ = 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> speech_;
  std::vector<trace::Event> events_;
};

}  // namespace

//   agent            ########
//   caller  ####           ####        ####
//           at             interrupts  follows
TEST_CASE("each utterance is placed by what the agent did", "[peers]") {
  const CallerPlan plan = Drawing()
                              .caller(1000, 2000)
                              .agent(3000, 2000)
                              .caller(4040, 5000)
                              .agent(6000, 1000)
                              .caller(8000, 8500)
                              .plan(12'000);
  REQUIRE(plan.actions.size() == 4);
  CHECK(plan.actions[0].cue.kind == CallerCue::Kind::at);
  CHECK((plan.actions[0].cue.offset == seconds(1)));
  CHECK(plan.actions[1].cue.kind == CallerCue::Kind::interrupts);
  CHECK((plan.actions[1].cue.offset == seconds(1)));  // heard from 3040 on
  CHECK(plan.actions[2].cue.kind == CallerCue::Kind::follows);
  CHECK((plan.actions[2].cue.offset == milliseconds(8000 - 7040)));
  CHECK(std::holds_alternative<EndCall>(plan.actions[3].what));
  CHECK((plan.actions[3].cue.offset == kGoodbyeGap));
}

TEST_CASE("an utterance keeps its frames from the first to the last audible one", "[peers]") {
  const CallerPlan plan = Drawing().caller(1000, 2000).plan(4'000);
  REQUIRE(std::get<Utterance>(plan.actions[0].what).length == 8'000);
}

TEST_CASE("a caller who pauses and goes on without hearing anything continues", "[peers]") {
  const CallerPlan plan = Drawing().caller(1000, 2000).caller(3000, 3500).plan(6'000);
  REQUIRE(plan.actions[1].cue.kind == CallerCue::Kind::continues);
  REQUIRE((plan.actions[1].cue.offset == seconds(1)));
}

TEST_CASE("speech that a clear cut was not heard", "[peers]") {
  const CallerPlan plan = Drawing()
                              .agent(1000, 5000)
                              .control(2000, trace::Direction::from_agent, trace::Clear{})
                              .caller(2500, 3000)
                              .plan(6'000);
  REQUIRE(plan.actions[0].cue.kind == CallerCue::Kind::follows);
  REQUIRE((plan.actions[0].cue.offset == milliseconds(500)));
}

TEST_CASE("a recorded hang-up ends the plan, and keys are pressed where they were", "[peers]") {
  const CallerPlan plan = Drawing()
                              .control(500, trace::Direction::to_agent, trace::Dtmf{"5"})
                              .control(1500, trace::Direction::to_agent, trace::HungUp{.by = "caller"})
                              .caller(3000, 4000)
                              .plan(5'000);
  REQUIRE(plan.actions.size() == 2);
  REQUIRE(std::get<Keypad>(plan.actions[0].what).digit == "5");
  REQUIRE(std::holds_alternative<EndCall>(plan.actions[1].what));
}

TEST_CASE("tracks of two formats are refused", "[peers]") {
  trace::Trace trace;
  trace.declare({.kind = trace::ChannelKind::audio, .name = "caller.audio", .encoding = "mulaw", .rate = 8000});
  trace.declare({.kind = trace::ChannelKind::audio, .name = "agent.audio", .encoding = "pcm16le", .rate = 24000});
  REQUIRE_THROWS_WITH(plan_caller(trace), Catch::Contains("expected one format for both"));
}

}  // namespace ringback::sim
