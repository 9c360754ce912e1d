// How fast, how steady, and how soon well again.
#include <catch2/catch.hpp>

#include "tests/check/one_property.h"

namespace ringback::sim {
namespace {

using namespace std::chrono_literals;
using Time = RunBuilder::Time;

// A turn from 1 s to 3 s: 200 ms to its end, 500 ms to the transcript, 700 ms to the first token, 800 ms to the first
// sound, 940 ms until it is heard.
RunBuilder one_turn() {
  RunBuilder run;
  run.caller_speaks(1s, 2s).to_agent(3200ms, wire::speech_stopped("e", "i", 2000));
  run.created(3250ms, "r").to_agent(3500ms, wire::input_transcription_completed("e", "i", "hello"));
  run.token(3700ms, "r").item_sound(3800ms, "r", "i", 1s).agent_speaks(3900ms, 1s).done(4s, "r");
  run.hang_up(9s, "caller");
  return run;
}

TEST_CASE("turn latency: each stage has its own time and its own limit") {
  TurnLatency limit{.end_of_turn = milliseconds(200),
                    .transcript = milliseconds(500),
                    .first_token = milliseconds(700),
                    .first_byte = milliseconds(800),
                    .play_out = milliseconds(940)};
  const PropertyResult held = check(one_turn(), limit);
  CHECK(held.verdict == Verdict::held);
  CHECK(held.finding ==
        "p95: end of turn 0.200 s, transcript 0.500 s, first token 0.700 s, first byte 0.800 s, play-out 0.940 s");
  limit.first_byte = milliseconds(799);
  const PropertyResult late = check(one_turn(), limit);
  CHECK(late.verdict == Verdict::failed);
  REQUIRE(late.evidence.size() == 1);
  CHECK(late.evidence[0].text == "first byte after 0.800 s");
}

TEST_CASE("turn latency: a stage that never came fails, one that the model never tells is not measurable") {
  RunBuilder run;
  run.caller_speaks(1s, 2s).created(3250ms, "r").token(3700ms, "r").hang_up(23s, "caller", "patience");
  CHECK(check(run, TurnLatency{.first_byte = seconds(2)}).evidence.at(0).text == "no first byte in 20.000 s");
  CHECK(verdict(run, TurnLatency{.first_token = seconds(2)}) == Verdict::held);
  CHECK(verdict(run, TurnLatency{.transcript = seconds(2)}) == Verdict::not_measurable);
}

TEST_CASE("progress: an input after which the agent does nothing fails") {
  RunBuilder run;
  run.caller_speaks(1s, 1s).created(2100ms, "r").agent_speaks(2500ms, 1s).calls(2600ms, "r", "c", "find");
  run.done(2700ms, "r").asks(2700ms, "find").answers(4s, "find").hang_up(30s, "caller", "patience");
  const PropertyResult stuck = check(run, Progress{seconds(5)});
  CHECK(stuck.verdict == Verdict::failed);
  CHECK(stuck.evidence.at(0).text == "nothing for 26.000 s after the answer of find");
  RunBuilder quick = run;
  quick.output(4s, "c");
  CHECK(verdict(quick, Progress{seconds(5)}) == Verdict::held);
  CHECK(verdict(quick, Progress{milliseconds(499)}) == Verdict::failed);
}

TEST_CASE("progress: the caller's sound that is handed on is none, and a call that is over ends the waiting") {
  RunBuilder run;
  run.caller_speaks(1s, 1s);
  for (int i = 0; i < 50; ++i) run.from_agent(1s + i * 200ms, wire::append_audio("\xFF\xFF"));
  RunBuilder short_call = run;
  CHECK(verdict(run.hang_up(15s, "caller"), Progress{seconds(5)}) == Verdict::failed);
  CHECK(verdict(short_call.hang_up(6s, "caller"), Progress{seconds(5)}) == Verdict::held);
}

// A tool fails at 4.2 s; in the second turn it works again, where it does.
RunBuilder trouble(bool recovers) {
  RunBuilder run;
  run.caller_speaks(1s, 2s).created(3200ms, "r1").agent_speaks(3300ms, 500ms).calls(3500ms, "r1", "c1", "find");
  run.done(3600ms, "r1").asks(4s, "find").answers(4200ms, "find", {.attempt = 1, .status = 500});
  run.output(4200ms, "c1", R"({"error": "none"})").requested(4200ms).created(4300ms, "r2").agent_speaks(4400ms, 2s);
  run.done(4500ms, "r2").caller_speaks(10s, 1s).created(11100ms, "r3");
  if (recovers) run.agent_speaks(11200ms, 1s).done(11300ms, "r3");
  run.hang_up(30s, "caller", recovers ? "" : "patience");
  return run;
}

TEST_CASE("recovery: counts from the fault to the first turn that goes well") {
  const PropertyResult answer = check(trouble(true), Recovery{seconds(5)});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.finding == "longest 7.040 s");
  CHECK(answer.evidence.at(0).text == "find: status 500: 7.040 s until a turn went well");
  CHECK(verdict(trouble(true), Recovery{seconds(8)}) == Verdict::held);
}

TEST_CASE("recovery: what never recovers counts with the time that it had") {
  const PropertyResult answer = check(trouble(false), Recovery{seconds(5)});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.finding == "longest >= 25.800 s");
  CHECK(answer.evidence.at(0).text == "find: status 500: no turn went well in 25.800 s");
  CHECK(verdict(trouble(false), Recovery{seconds(60)}) == Verdict::undecided);
  CHECK(check(one_turn(), Recovery{seconds(1)}).finding == "nothing went wrong");
}

TEST_CASE("recovery: a retry within the turn makes it go well") {
  RunBuilder run;
  run.caller_speaks(1s, 2s).created(3200ms, "r1").agent_speaks(3300ms, 500ms).calls(3500ms, "r1", "c1", "find");
  run.done(3600ms, "r1").asks(4s, "find").answers(4200ms, "find", {.attempt = 1, .status = 500});
  run.asks(5s, "find").answers(6s, "find", {.attempt = 2}).output(6s, "c1").requested(6s).created(6100ms, "r2");
  run.agent_speaks(6200ms, 1s).done(6300ms, "r2").hang_up(20s, "caller");
  CHECK(check(run, Recovery{seconds(5)}).finding == "longest 2.000 s");
}

TEST_CASE("what was decided before the model was stood in for does not rest on it") {
  RunResult result = trouble(true).result();
  result.stand_ins.push_back({.channel = "model", .due = VirtualTime() + seconds(10)});
  // All requests were made before; the waits and the end came after.
  CHECK(check(result, IdenticalRequests{3}).verdict == Verdict::held);
  CHECK_FALSE(check(result, IdenticalRequests{3}).rests_on_reaction);
  CHECK(check(result, Speaks{}).verdict == Verdict::held);
  CHECK(check(result, Answered{}).verdict == Verdict::held);
  CHECK(check(result, DeadAir{seconds(5)}).verdict == Verdict::held_if);
  CHECK(check(result, EndsCleanly{}).condition == "the model apologises");
  CHECK(check(result, Recovery{seconds(8)}).verdict == Verdict::held_if);
  CHECK(check(result, Recovery{seconds(1)}).verdict == Verdict::failed);
  CHECK(check(result, Recovery{seconds(1)}).rests_on_reaction);
}

}  // namespace
}  // namespace ringback::sim
