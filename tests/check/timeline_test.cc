#include "sim/check/timeline.h"

#include <catch2/catch.hpp>

#include "tests/support/run_builder.h"

namespace ringback::sim {
namespace {

using namespace std::chrono_literals;

VirtualTime at(RunBuilder::Time time) { return VirtualTime() + milliseconds(time.count()); }
Timeline timeline_of(const RunBuilder& run) {
  const RunResult result = run.result();
  return build_timeline(result.run, result.end);
}

TEST_CASE("a clean turn is a turn, a response, speech and one short wait") {
  RunBuilder run;
  run.caller_speaks(1s, 2s).created(3200ms, "r").token(3300ms, "r").sound(3400ms, "r").agent_speaks(3400ms, 2s);
  run.done(3500ms, "r").hang_up(7s, "caller");
  const Timeline timeline = timeline_of(run);
  CHECK(timeline.turns == std::vector<Turn>{{at(1s), at(3s), at(3440ms)}});
  CHECK(timeline.waits == std::vector<Wait>{{at(3s), at(3440ms), Wait::Cause::caller_turn}});
  REQUIRE(timeline.agent.size() == 1);
  CHECK(timeline.agent[0].begin == at(3440ms));
  CHECK(timeline.agent[0].end == at(5440ms));
  REQUIRE(timeline.responses.size() == 1);
  CHECK_FALSE(timeline.responses[0].requested);
  CHECK(timeline.responses[0].first_token == at(3300ms));
  CHECK(timeline.responses[0].first_audio == at(3400ms));
  CHECK(timeline.responses[0].done == at(3500ms));
  CHECK(timeline.responses[0].status == "completed");
  CHECK(timeline.end == at(7s));
  CHECK(timeline.hang_up->by == "caller");
}

TEST_CASE("the agent's sound is what is played, not what was sent") {
  SECTION("a clear ends it") {
    RunBuilder run;
    run.agent_speaks(1s, 5s).agent_clears(2s).hang_up(9s, "caller");
    const Timeline timeline = timeline_of(run);
    CHECK(timeline.agent[0].end == at(2s));
    CHECK(timeline.interruptions.size() == 1);
  }
  SECTION("the hang-up ends it") {
    RunBuilder run;
    run.agent_speaks(1s, 5s).hang_up(3s, "caller");
    CHECK(timeline_of(run).agent[0].end == at(3s));
  }
  SECTION("silence that is sent is not heard") {
    RunBuilder run;
    run.agent_sends_silence(1s, 2s).agent_speaks(1s, 1s).hang_up(9s, "caller");
    CHECK(timeline_of(run).agent[0].begin == at(3040ms));
  }
  SECTION("a clear with nothing to drop is no interruption") {
    RunBuilder run;
    run.agent_speaks(1s, 1s).agent_clears(5s).hang_up(9s, "caller");
    CHECK(timeline_of(run).interruptions.empty());
  }
}

TEST_CASE("a caller whose words a fault swallowed waits for an answer all the same") {
  RunBuilder run;
  run.caller_speaks_unheard(1s, 2s, "mute").hang_up(23s, "caller", "patience");
  const Timeline timeline = timeline_of(run);
  CHECK(timeline.waits == std::vector<Wait>{{at(3s), at(23s), Wait::Cause::caller_turn}});
  CHECK(timeline.faults.size() == 100);
}

TEST_CASE("two utterances far apart stand at their own times") {
  RunBuilder run;
  run.caller_speaks(1s, 1s).caller_speaks(3600s, 2s).hang_up(3700s, "caller");
  const Timeline timeline = timeline_of(run);
  REQUIRE(timeline.caller.size() == 2);
  CHECK(timeline.caller[0].end == at(2s));
  CHECK(timeline.caller[1].begin == at(3600s));
  CHECK(timeline.caller[1].end == at(3602s));
}

TEST_CASE("a function call is open from its arguments to its output") {
  RunBuilder run;
  run.created(1s, "r")
      .calls(1100ms, "r", "call_1", "lookup")
      .done(1200ms, "r")
      .output(3s, "call_1")
      .hang_up(9s, "agent");
  const Timeline timeline = timeline_of(run);
  REQUIRE(timeline.calls.size() == 1);
  CHECK(timeline.calls[0].name == "lookup");
  CHECK(timeline.calls[0].opened == at(1100ms));
  CHECK(timeline.calls[0].answered == at(3s));
  CHECK_FALSE(timeline.calls[0].was_lost);
}

TEST_CASE("arguments done and item done tell of one call") {
  RunBuilder run;
  run.created(1s, "r").calls(1100ms, "r", "call_1", "lookup");
  run.to_agent(1200ms,
               wire::output_item_done({.event_id = "e", .response_id = "r", .item_id = "i"},
                                      {.id = "i", .type = "function_call", .name = "lookup", .call_id = "call_1"}));
  CHECK(timeline_of(run).calls.size() == 1);
}

TEST_CASE("a connection that breaks loses what was open on it") {
  RunBuilder run;
  run.requested(1s).created(1100ms, "r").calls(1200ms, "r", "call_1", "lookup").model_closed(2s);
  run.requested(5s).hang_up(9s, "caller", "patience");
  const Timeline timeline = timeline_of(run);
  CHECK(timeline.responses[0].status == "lost");
  CHECK(timeline.responses[0].done == at(2s));
  CHECK(timeline.calls[0].was_lost);
  CHECK(timeline.responses[1].status.empty());
  CHECK(timeline.disconnections[0].code == 1006);
  CHECK(timeline.waits == std::vector<Wait>{{at(0s), at(9s), Wait::Cause::call_start}});
}

TEST_CASE("an error refuses the response that was asked for last") {
  RunBuilder run;
  run.requested(1s).created(1100ms, "r").requested(1200ms).refused(1300ms, "conversation_already_has_active_response");
  run.done(2s, "r");
  const Timeline timeline = timeline_of(run);
  REQUIRE(timeline.responses.size() == 2);
  CHECK(timeline.responses[0].status == "completed");
  CHECK(timeline.responses[1].status == "refused");
  CHECK(timeline.responses[1].detail == "conversation_already_has_active_response");
}

TEST_CASE("nobody waits for a response beside the conversation") {
  RunBuilder run;
  run.agent_speaks(0s, 500ms);
  run.from_agent(1s, wire::response_create(R"({"conversation": "none"})")).created(1100ms, "r").hang_up(9s, "caller");
  CHECK(timeline_of(run).waits == std::vector<Wait>{{at(0s), at(40ms), Wait::Cause::call_start}});
}

TEST_CASE("frames that are no Realtime JSON say nothing") {
  RunBuilder run;
  run.created(1s, "r").to_agent(1100ms, {.text = "{\"type\": \"respo"}).done(2s, "r");
  CHECK(timeline_of(run).responses.size() == 1);
}

TEST_CASE("each attempt on a tool has its outcome") {
  RunBuilder run;
  run.asks(1s, "ehr.find", R"({"b": 1, "a": 2})").answers(2s, "ehr.find", {.attempt = 1, .body = "{not-json"});
  run.fault(2s, "tool:ehr.find", "bad", "body", "{not-json", 1);
  run.asks(3s, "ehr.find").answers(4s, "ehr.find", {.attempt = 2, .status = 500});
  run.asks(5s, "ehr.find").breaks(6s, "ehr.find", 3);
  run.asks(7s, "ehr.find").gives_up(8s, "ehr.find", 4);
  run.asks(9s, "ehr.find").answers(10s, "ehr.find", {.attempt = 5, .body = "null"});
  run.asks(11s, "ehr.find").answers(12s, "ehr.find", {.attempt = 6, .body = "", .origin = trace::Origin::world});
  run.asks(13s, "ehr.find").answers(14s, "ehr.find", {.attempt = 7, .body = "sunny"});
  run.asks(15s, "ehr.find");
  const Timeline timeline = timeline_of(run);
  REQUIRE(timeline.tools.size() == 8);
  using Outcome = ToolExchange::Outcome;
  CHECK(timeline.tools[0].outcome == Outcome::malformed);
  CHECK(timeline.tools[0].arguments == R"({"a":2,"b":1})");
  CHECK(timeline.tools[1].outcome == Outcome::error_status);
  CHECK(timeline.tools[2].outcome == Outcome::failed);
  CHECK(timeline.tools[3].outcome == Outcome::abandoned);
  CHECK(timeline.tools[4].outcome == Outcome::answered);
  CHECK(timeline.tools[5].outcome == Outcome::malformed);
  CHECK(timeline.tools[6].outcome == Outcome::answered);
  CHECK(timeline.tools[7].outcome == Outcome::pending);
  CHECK(timeline.tools[3].ended == at(8s));
}

TEST_CASE("an answer that comes twice, or too late, changes nothing") {
  RunBuilder run;
  run.asks(1s, "find").gives_up(2s, "find", 1).answers(3s, "find", {.attempt = 1});
  CHECK(timeline_of(run).tools[0].outcome == ToolExchange::Outcome::abandoned);
}

TEST_CASE("in a typed conversation turns and answers are texts") {
  RunBuilder run(RunBuilder::Kind::typed);
  run.caller_types(1s, "hello").requested(1s).created(1100ms, "r").done(2s, "r").agent_types(2s, "hi");
  run.caller_types(10s, "still there?").hang_up(14s, "caller", "patience");
  const Timeline timeline = timeline_of(run);
  CHECK(timeline.is_typed);
  CHECK(timeline.turns == std::vector<Turn>{{at(1s), at(1s), at(2s)}, {at(10s), at(10s), std::nullopt}});
  CHECK(timeline.waits ==
        std::vector<Wait>{{at(1s), at(2s), Wait::Cause::caller_turn}, {at(10s), at(14s), Wait::Cause::caller_turn}});
}

TEST_CASE("transcripts find the speech they belong to") {
  RunBuilder run;
  run.caller_speaks(1s, 2s).caller_speaks(10s, 1s);
  run.to_agent(4s, wire::input_transcription_completed("e", "i", "I am Ada."));
  run.to_agent(12s, wire::input_transcription_completed("e", "i", "Thank you."));
  run.agent_transcript(5s, "Hello").agent_transcript(5s, "Ada.").agent_speaks(5s, 2s).hang_up(20s, "caller");
  const Timeline timeline = timeline_of(run);
  CHECK(timeline.caller[0].text == "I am Ada.");
  CHECK(timeline.caller[1].text == "Thank you.");
  CHECK(timeline.agent[0].text == "Hello Ada.");
}

TEST_CASE("what the agent says of its own sound comes before what the model wrote") {
  RunBuilder run;
  const auto model_says = [&](RunBuilder::Time time, const char* words) {
    run.to_agent(time, wire::audio_transcript_done({.event_id = "e", .response_id = "r", .item_id = "i"}, words));
  };
  model_says(1s, "from the model");
  run.agent_speaks(1s, 1s).agent_transcript(5s, "its own").agent_speaks(5s, 1s).hang_up(9s, "caller");
  model_says(5s, "not this");
  const Timeline timeline = timeline_of(run);
  CHECK(timeline.agent[0].text == "from the model");
  CHECK(timeline.agent[1].text == "its own");
}

TEST_CASE("recorded times that run backwards count as the latest so far") {
  trace::Trace recording;
  const auto caller = recording.declare({.kind = trace::ChannelKind::caller, .name = "caller"});
  const auto add = [&](RunBuilder::Time time, const auto& body) {
    recording.add(
        trace::make_event({.at = at(time), .channel = caller, .direction = trace::Direction::to_agent}, body));
  };
  add(0s, trace::CallStarted{});
  add(5s, trace::Text{"late"});
  add(3s, trace::Text{"early"});
  add(9s, trace::HungUp{.by = "caller"});
  CHECK(build_timeline(recording).caller[1].begin == at(5s));
}

TEST_CASE("a tool is selected by its whole name or by the function's") {
  CHECK(selects_tool("*", "tool:ehr.find"));
  CHECK(selects_tool("ehr.*", "tool:ehr.find"));
  CHECK(selects_tool("find", "tool:ehr.find"));
  CHECK(selects_tool("find", "find"));
  CHECK_FALSE(selects_tool("ehr", "tool:ehr.find"));
}

}  // namespace
}  // namespace ringback::sim
