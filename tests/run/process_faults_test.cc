// Faults of the process family up to the agent's door: when they strike, and what they are.
#include <catch2/catch.hpp>

#include "sim/agents/voice.h"
#include "sim/faults/parse.h"
#include "sim/run/run.h"
#include "tests/support/run_twice.h"
#include "tests/support/typed_call.h"

namespace ringback::sim {
namespace {

using Kind = ProcessBlow::Kind;

// The built-in agent in the clothes of a process; keeps what befalls it.
class StruckAgent final : public Agent {
 public:
  Task<void> run(AgentWorld& world) override {
    kernel_ = &world.kernel;
    if (world.process_log != nullptr) world.process_log->started(1);
    co_await voice_.run(world);
  }
  bool is_process() const override { return true; }
  void strike(const ProcessBlow& blow) override {
    blows.push_back(blow);
    times.push_back(kernel_->now());
  }

  std::vector<ProcessBlow> blows;
  std::vector<VirtualTime> times;

 private:
  VoiceAgent voice_{parse_voice_options(AgentSpec::parse("builtin:voice"))};
  Kernel* kernel_ = nullptr;
};

struct Played {
  RunResult result;
  std::vector<ProcessBlow> blows;
  std::vector<VirtualTime> times;
};

Played play(const std::string& faults) {
  const Schedule schedule = parse_schedule("o.yaml", "ringback: 1\nfaults:\n" + faults);
  const trace::Trace recording = testing::make_typed_call();
  Played played;
  const auto difference = testing::run_twice([&] {
    StruckAgent agent;
    RunResult result = run_scenario({.recording = recording, .schedule = schedule, .seed = 7}, agent);
    played = {.result = result, .blows = agent.blows, .times = agent.times};
    return result;
  });
  REQUIRE_FALSE(difference.has_value());
  return played;
}

VirtualTime first_of(const RunResult& result, trace::EventKind kind, trace::ChannelKind channel) {
  for (const trace::Event& event : result.run.events) {
    const trace::Channel* on = result.run.channels.find(event.channel);
    if (event.kind == kind && on != nullptr && on->kind == channel) return event.at;
  }
  return {};
}

}  // namespace

TEST_CASE("a process is struck at its time, by each fault once") {
  const Played played = play(
      "  - {where: agent, at: {time: 2s}, do: {pause: 3s}}\n"
      "  - {where: agent, at: {time: 1s}, do: {clock_step: -1h}}\n"
      "  - {where: agent, at: {time: 2s}, do: terminate}\n");
  REQUIRE(played.blows.size() == 3);
  CHECK(played.blows[0].kind == Kind::clock_step);
  CHECK(played.blows[0].time == seconds(-3600));
  CHECK(played.blows[1].kind == Kind::pause);
  CHECK(played.blows[2].kind == Kind::terminate);
  CHECK(played.blows[2].time == seconds(30));
  CHECK(played.times ==
        std::vector<VirtualTime>{VirtualTime() + seconds(1), VirtualTime() + seconds(2), VirtualTime() + seconds(2)});
}

TEST_CASE("a process is struck when what the fault names crosses, and that goes on") {
  const Played played = play("  - {id: dies, where: \"tool:*\", do: crash}\n");
  REQUIRE(played.blows.size() == 1);
  CHECK(played.blows[0].kind == Kind::kill);
  CHECK(played.blows[0].fault == "dies");
  CHECK(played.times[0] == first_of(played.result, trace::EventKind::request, trace::ChannelKind::tool));
  CHECK(played.result.faults[0].fired == 1);
  CHECK(played.result.ended_by == "caller");
}

TEST_CASE("a run without such a fault has no channel for the process") {
  CHECK(play("  - {where: \"tool:*\", do: {delay: 1s}}\n").result.run.channels.find("agent") == nullptr);
  const Played struck = play("  - {where: agent, do: {restart_after: 2s}}\n");
  REQUIRE(struck.result.run.channels.find("agent") != nullptr);
  CHECK(struck.times == std::vector<VirtualTime>{VirtualTime()});
}

TEST_CASE("what is wrong with a fault on a process is said") {
  const trace::Trace recording = testing::make_typed_call();
  const auto refusal = [&](const std::string& fault, Agent& agent) {
    const Schedule schedule = parse_schedule("o.yaml", "ringback: 1\nfaults:\n  - " + fault + "\n");
    try {
      run_scenario({.recording = recording, .schedule = schedule}, agent);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  VoiceAgent inside(parse_voice_options(AgentSpec::parse("builtin:voice")));
  CHECK(refusal("{where: model, do: crash}", inside).find("this agent runs inside ringback") != std::string::npos);
  StruckAgent process;
  CHECK(refusal("{where: agent, do: {status: 500}}", process) ==
        "o.yaml:3:5: expected an action for 'agent', which is of kind process, found 'status', which is for tool");
  CHECK(refusal("{where: agent, at: {call: 1}, do: crash}", process).find("found 'call'") != std::string::npos);
}

}  // namespace ringback::sim
