// What the model does where nobody recorded it, end to end.
#include <catch2/catch.hpp>

#include "sim/agents/voice.h"
#include "sim/faults/parse.h"
#include "sim/run/run.h"
#include "src/wire/realtime.h"
#include "tests/support/run_events.h"
#include "tests/support/run_twice.h"
#include "tests/support/typed_call.h"

namespace ringback::sim {
namespace {

using testing::texts_of_agent;

using trace::Direction;
using trace::EventKind;
using trace::Origin;

// The tool answers something else than it did in the recording.
constexpr const char* kOtherAnswer = R"(
ringback: 1
faults:
  - {where: "tool:crm.lookup", do: {body: '{"id":8}'}}
)";

RunResult react(Reaction reaction, const char* overlay = kOtherAnswer, const char* agent = "builtin:voice") {
  const Schedule schedule = parse_schedule("overlay.yaml", overlay);
  VoiceAgent voice(parse_voice_options(AgentSpec::parse(agent)));
  RunResult last;
  const auto difference = testing::run_twice([&] {
    last = run_scenario({.recording = testing::make_typed_call(), .schedule = schedule, .reaction = reaction}, voice);
    return last;
  });
  REQUIRE_FALSE(difference.has_value());
  return last;
}

std::vector<std::string> requests(const RunResult& result) {
  std::vector<std::string> bodies;
  for (const trace::Event& event : result.run.events) {
    if (event.kind == EventKind::request) bodies.push_back(trace::body_of<trace::Request>(event).body);
  }
  return bodies;
}

// What the run trace has before `at`.
std::vector<trace::Event> events_before(const RunResult& result, VirtualTime at) {
  std::vector<trace::Event> events;
  for (const trace::Event& event : result.run.events) {
    if (event.at < at) events.push_back(event);
  }
  return events;
}

}  // namespace

TEST_CASE("a model that apologises says so, and the run names the answer as a stand-in", "[reactions]") {
  const RunResult result = react(Reaction::apologise);
  CHECK(texts_of_agent(result) == std::vector<std::string>{std::string(kApology)});
  CHECK(result.ended_by == "caller");
  REQUIRE(result.stand_ins.size() == 1);
  const StandIn& stand_in = result.stand_ins.front();
  CHECK(stand_in.channel == "model");
  CHECK(stand_in.reaction == Reaction::apologise);
  CHECK(stand_in.act == Improvised::Act::say);
  // Channel and exchange lead to the events that rest on the reaction.
  std::size_t events = 0;
  for (const trace::Event& event : result.run.events) {
    if (event.origin != Origin::stub) continue;
    CHECK(result.run.channels.find(event.channel)->name == stand_in.channel);
    CHECK(event.exchange == stand_in.exchange);
    CHECK((event.at >= stand_in.due));
    ++events;
  }
  CHECK(events > 5);
}

TEST_CASE("a model that calls again does so twice, with varied arguments the second time", "[reactions]") {
  const RunResult result = react(Reaction::call_again, R"(
ringback: 1
faults:
  - {where: "tool:crm.lookup", do: {body: '{"id":8}'}}
answers:
  - {when: {channel: "tool:crm.lookup", arguments: {name: aDA}}, body: '{"id":9}'}
)");
  CHECK(requests(result) == std::vector<std::string>{R"({"name":"Ada"})", R"({"name":"Ada"})", R"({"name":"aDA"})"});
  CHECK(texts_of_agent(result) == std::vector<std::string>{std::string(kApology)});
  REQUIRE(result.stand_ins.size() == 3);
  CHECK(result.stand_ins[0].act == Improvised::Act::call);
  CHECK(result.stand_ins[1].act == Improvised::Act::call);
  CHECK(result.stand_ins[2].act == Improvised::Act::say);
}

TEST_CASE("a silent model answers with nothing and the caller waits until patience ends", "[reactions]") {
  const RunResult result = react(Reaction::silent);
  CHECK(texts_of_agent(result).empty());
  CHECK(result.ended_by == "patience");
  CHECK_FALSE(result.agent_first_heard.has_value());
  REQUIRE(result.stand_ins.size() == 1);
  CHECK(result.stand_ins[0].act == Improvised::Act::nothing);
}

TEST_CASE("a model that claims success says so though the tool failed", "[reactions]") {
  const RunResult result = react(Reaction::claim_success);
  CHECK(texts_of_agent(result) == std::vector<std::string>{std::string(kClaim)});
}

TEST_CASE("what happens before the first stand-in is due is the same for every reaction", "[reactions]") {
  const RunResult first = react(Reaction::apologise);
  const VirtualTime due = first.stand_ins.front().due;
  for (const Reaction reaction : kReactions) {
    const RunResult other = react(reaction);
    CHECK((other.stand_ins.front().due == due));
    CHECK(events_before(other, due) == events_before(first, due));
    CHECK((other.digest == first.digest) == (reaction == Reaction::apologise));
  }
}

TEST_CASE("a run that never leaves the recording has no stand-in and one digest for every reaction", "[reactions]") {
  constexpr const char* kSlow = "ringback: 1\nfaults:\n  - {where: \"tool:*\", do: {delay: 1s}}\n";
  const RunResult first = react(Reaction::apologise, kSlow);
  for (const Reaction reaction : kReactions) {
    const RunResult other = react(reaction, kSlow);
    CHECK(other.stand_ins.empty());
    CHECK((other.digest == first.digest));
  }
}

TEST_CASE("after an altered tool result a recorded success is never served", "[reactions]") {
  const char* const kAlterations[] = {
      R"({body: '{"id":8}'})", R"({body: ""})",        R"({body: "null"})", "malformed", "wrong_schema",
      "{status: 500}",         "{partial: {byte: 4}}", "timeout",           "reset",     "duplicate",
      "{delay: 1s}",
  };
  std::size_t altered = 0;
  for (const char* alteration : kAlterations) {
    for (const char* agent : {"builtin:voice?retries=0&fallback=spoken", "builtin:voice?retries=0"}) {
      for (const Reaction reaction : kReactions) {
        const std::string overlay =
            fmt::format("ringback: 1\nfaults:\n  - {{where: \"tool:*\", do: {}}}\n", alteration);
        const RunResult result = react(reaction, overlay.c_str(), agent);
        INFO(alteration << " with " << agent << " and " << name_of(reaction));
        // What the agent told the model that the tool answered, and whether the recorded success followed.
        bool told_other = false;
        bool told_recorded = false;
        bool served = false;
        for (const trace::Event& event : result.run.events) {
          if (event.kind != EventKind::message) continue;
          const wire::RealtimeFrame frame = wire::parse_realtime(trace::body_field(event.body, 1));
          if (frame.item_type == "function_call_output" && event.direction == Direction::from_agent)
            (frame.output == R"({"id":7})" ? told_recorded : told_other) = true;
          served = served || (event.origin == Origin::recorded && frame.transcript == testing::kTypedAnswer);
        }
        CHECK_FALSE((told_other && served));
        CHECK(served == told_recorded);
        altered += told_other ? 1 : 0;
      }
    }
  }
  CHECK(altered >= 8);
}

TEST_CASE("a rule comes before the reaction", "[reactions]") {
  const RunResult result = react(Reaction::silent, R"(
ringback: 1
faults:
  - {where: "tool:crm.lookup", do: {body: '{"id":8}'}}
answers:
  - {when: {channel: model, response: 2}, say: "Found somebody."}
)");
  CHECK(texts_of_agent(result) == std::vector<std::string>{"Found somebody."});
  CHECK(result.stand_ins.empty());
}

}  // namespace ringback::sim
