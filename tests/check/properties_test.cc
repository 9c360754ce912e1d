#include "sim/check/property.h"

#include <catch2/catch.hpp>

#include "sim/check/requests.h"
#include "tests/check/one_property.h"

namespace ringback::sim {
namespace {

using namespace std::chrono_literals;
using Time = RunBuilder::Time;

// A caller asks, the model calls a tool, which answers; the agent tells, the caller hangs up.
RunBuilder clean_call() {
  RunBuilder run;
  run.caller_speaks(1s, 2s).created(3200ms, "r1").token(3300ms, "r1").agent_speaks(3400ms, 1s);
  run.calls(3500ms, "r1", "call_1", "find").done(3600ms, "r1");
  run.asks(3600ms, "ehr.find").answers(4s, "ehr.find").output(4s, "call_1");
  run.requested(4s).created(4100ms, "r2").token(4200ms, "r2").agent_speaks(4300ms, 3s).done(4400ms, "r2");
  run.hang_up(9s, "caller");
  return run;
}

// The tool answers `times` times with what is no JSON; the agent asks again each second and then gives up.
RunBuilder call_with_bad_tool(int times) {
  RunBuilder run;
  run.caller_speaks(1s, 2s).created(3200ms, "r1").token(3300ms, "r1").agent_speaks(3400ms, 1s);
  run.calls(3500ms, "r1", "call_1", "find").done(3600ms, "r1");
  for (int i = 0; i < times; ++i) {
    const Time asked = 4s + i * 1s;
    run.asks(asked, "ehr.find", R"({"name": "Ada"})");
    run.answers(asked + 200ms, "ehr.find", {.attempt = static_cast<std::uint32_t>(i + 1), .body = "{not-json"});
  }
  return run;
}

TEST_CASE("a clean call holds everything") {
  for (const Property& property :
       {Property(DeadAir{seconds(1)}), Property(FirstAudio{seconds(1)}), Property(FirstToken{seconds(1)}),
        Property(Retries{"*", 0}), Property(Fallback{seconds(1)}), Property(Answered{}), Property(EndsCleanly{}),
        Property(IdenticalRequests{1})}) {
    INFO(name_of(property));
    CHECK(verdict(clean_call(), property) == Verdict::held);
  }
}

TEST_CASE("dead air: the longest wait decides") {
  const RunBuilder run = call_with_bad_tool(5).hang_up(24440ms, "caller", "patience");
  const PropertyResult answer = check(run, DeadAir{seconds(5)});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.finding == "longest 20.000 s");
  REQUIRE(answer.evidence.size() == 1);
  CHECK(answer.evidence[0].at == VirtualTime() + milliseconds(4440));
  CHECK(answer.evidence[0].text ==
        "20.000 s of silence while an answer or a tool call was due, until the caller hung up");
  CHECK(verdict(run, DeadAir{seconds(20)}) == Verdict::held);
  CHECK(verdict(run, DeadAir{milliseconds(19'999)}) == Verdict::failed);
}

TEST_CASE("dead air: a pause inside an answer counts") {
  RunBuilder run;
  run.agent_speaks(1s, 1s).agent_sends_silence(1s, 4s).agent_speaks(1s, 1s).hang_up(9s, "caller");
  CHECK(check(run, DeadAir{seconds(3)}).evidence.at(0).text == "4.000 s of silence inside an answer");
}

TEST_CASE("dead air: a caller who is answered at once never waits") {
  RunBuilder run;
  run.caller_speaks(0s, 1s).agent_speaks(960ms, 1s).hang_up(9s, "caller");
  CHECK(check(run, DeadAir{seconds(3)}).finding == "the caller never waited");
}

TEST_CASE("dead air: an agent that joins and never speaks leaves the caller waiting from the start") {
  RunBuilder run;
  run.hang_up(20s, "caller", "patience");
  const PropertyResult result = check(run, DeadAir{seconds(3)});
  CHECK(result.verdict == Verdict::failed);
  CHECK(result.evidence.at(0).text == "20.000 s of silence from the start of the call, until the caller hung up");
}

TEST_CASE("first audio: a slow answer fails") {
  RunBuilder run;
  run.caller_speaks(1s, 2s).created(3s, "r").agent_speaks(5s, 1s).done(5s, "r").hang_up(9s, "caller");
  CHECK(verdict(run, FirstAudio{milliseconds(2039)}) == Verdict::failed);
  CHECK(verdict(run, FirstAudio{milliseconds(2040)}) == Verdict::held);
}

TEST_CASE("first audio: an answer that never came fails, however rare") {
  RunBuilder run;
  for (int i = 0; i < 40; ++i) run.caller_speaks(i * 10s, 1s).agent_speaks(i * 10s + 1500ms, 1s);
  run.caller_speaks(400s, 1s).hang_up(421s, "caller", "patience");
  const PropertyResult answer = check(run, FirstAudio{seconds(1)});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.finding == "p95 0.540 s over 41 turns, 1 never answered");
  CHECK(answer.evidence.at(0).text == "no first sound in 20.000 s");
}

TEST_CASE("first audio: a farewell needs no answer") {
  RunBuilder run;
  run.caller_speaks(1s, 1s).agent_speaks(2200ms, 1s).caller_speaks(5s, 1s).hang_up(9s, "caller");
  CHECK(check(run, FirstAudio{seconds(1)}).finding == "p95 0.240 s over 1 turn");
}

TEST_CASE("first audio: without a turn there is nothing to decide") {
  RunBuilder run;
  run.agent_speaks(1s, 1s).hang_up(3s, "caller");
  CHECK(verdict(run, FirstAudio{seconds(1)}) == Verdict::undecided);
}

TEST_CASE("first token: counts from the end of the turn to the first token of a response to it") {
  RunBuilder run;
  run.created(500ms, "old").caller_speaks(1s, 2s).token(3010ms, "old").done(3020ms, "old", "cancelled");
  run.created(3100ms, "new").token(4500ms, "new").agent_speaks(4500ms, 1s).done(4600ms, "new").hang_up(9s, "caller");
  CHECK(verdict(run, FirstToken{milliseconds(1499)}) == Verdict::failed);
  CHECK(verdict(run, FirstToken{milliseconds(1500)}) == Verdict::held);
}

TEST_CASE("first token: a model that never answers fails") {
  RunBuilder run;
  run.caller_speaks(1s, 2s).created(3100ms, "r").hang_up(23s, "caller", "patience");
  CHECK(check(run, FirstToken{seconds(2)}).evidence.at(0).text == "no first token in 20.000 s");
}

TEST_CASE("retries: attempts beyond the first after a failure") {
  const RunBuilder run = call_with_bad_tool(6).hang_up(30s, "caller", "patience");
  const PropertyResult answer = check(run, Retries{"*", 4});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.finding == "5 of ehr.find by the agent");
  CHECK(answer.evidence.at(0).text == R"(ehr.find {"name":"Ada"}: 5 retries by the agent)");
  CHECK(verdict(run, Retries{"*", 5}) == Verdict::held);
  CHECK(verdict(run, Retries{"find", 4}) == Verdict::failed);
}

TEST_CASE("retries: equal requests that went well are none") {
  RunBuilder run = clean_call();
  run.asks(5s, "ehr.find").answers(6s, "ehr.find", {.attempt = 2}).asks(7s, "ehr.find");
  CHECK(verdict(run, Retries{"*", 0}) == Verdict::held);
  CHECK(verdict(run, IdenticalRequests{2}) == Verdict::failed);
  CHECK(verdict(run, IdenticalRequests{3}) == Verdict::held);
}

TEST_CASE("retries: other arguments are another request") {
  RunBuilder run;
  run.asks(1s, "find", R"({"a": 1})").answers(2s, "find", {.attempt = 1, .status = 500});
  run.asks(3s, "find", R"({"a": 2})").answers(4s, "find", {.attempt = 2, .status = 500}).hang_up(5s, "caller");
  CHECK(verdict(run, Retries{"*", 0}) == Verdict::held);
  CHECK(verdict(run, IdenticalRequests{1}) == Verdict::held);
}

TEST_CASE("retries: the same arguments in another spelling are the same request") {
  RunBuilder run;
  run.asks(1s, "find", R"({"a": 1.0, "b": 2})").answers(2s, "find", {.attempt = 1, .status = 500});
  run.asks(3s, "find", R"({"b":2,"a":1})").answers(4s, "find", {.attempt = 2}).hang_up(5s, "caller");
  CHECK(verdict(run, Retries{"*", 0}) == Verdict::failed);
}

TEST_CASE("retries: a tool that was never called leaves it undecided") {
  CHECK(verdict(clean_call(), Retries{"billing", 3}) == Verdict::undecided);
  CHECK(verdict(clean_call(), Answered{"billing"}) == Verdict::undecided);
}

TEST_CASE("identical requests: counted in all") {
  const PropertyResult answer = check(call_with_bad_tool(6).hang_up(30s, "caller", "patience"), IdenticalRequests{3});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.evidence.at(0).text == R"(ehr.find {"name":"Ada"}: asked 6 times)");
  CHECK(answer.evidence.at(0).at == VirtualTime() + seconds(7));
}

TEST_CASE("fallback: silence after a tool failed for good fails") {
  const RunBuilder run = call_with_bad_tool(5).hang_up(28s, "caller", "patience");
  const PropertyResult answer = check(run, Fallback{seconds(4)});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.evidence.at(0).text == "ehr.find: malformed: {not-json, nothing said in 19.800 s");
}

TEST_CASE("fallback: something that was sent after the failure holds it") {
  RunBuilder run = call_with_bad_tool(2);
  run.agent_speaks(7s, 2s).hang_up(12s, "caller");
  CHECK(check(run, Fallback{seconds(4)}).finding == "spoken 1.840 s after the failure");
  CHECK(verdict(run, Fallback{milliseconds(1839)}) == Verdict::failed);
}

TEST_CASE("fallback: what was sent before the failure does not") {
  RunBuilder run = call_with_bad_tool(1);
  run.agent_speaks(4100ms, 6s).hang_up(30s, "caller", "patience");
  CHECK(verdict(run, Fallback{seconds(4)}) == Verdict::failed);
}

TEST_CASE("fallback: a tool that answers in the end needs none") {
  RunBuilder run = call_with_bad_tool(2);
  run.asks(8s, "ehr.find", R"({"name": "Ada L."})").answers(9s, "ehr.find", {.attempt = 3}).hang_up(30s, "caller");
  CHECK(check(run, Fallback{seconds(1)}).finding == "no tool failed for good");
}

TEST_CASE("fallback: waiting for ever is a failure that nothing is said about") {
  RunBuilder run;
  run.asks(1s, "find").agent_speaks(1100ms, 1s).hang_up(30s, "caller", "patience");
  CHECK(check(run, Fallback{seconds(4)}).evidence.at(0).text == "find: no answer, nothing said in 29.000 s");
}

TEST_CASE("fallback: a call that is over right after the failure decides nothing") {
  RunBuilder run = call_with_bad_tool(1);
  run.hang_up(5s, "caller");
  CHECK(verdict(run, Fallback{seconds(4)}) == Verdict::undecided);
}

TEST_CASE("answered: a function call without an output fails") {
  const PropertyResult answer = check(call_with_bad_tool(1).hang_up(23500ms, "caller", "patience"), Answered{});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.finding == "0 of 1");
  CHECK(answer.evidence.at(0).text == "find was called and got no output in 20.000 s");
}

TEST_CASE("answered: a call whose connection broke could not be") {
  RunBuilder run;
  run.created(1s, "r").calls(2s, "r", "call_1", "find").model_closed(3s).hang_up(9s, "caller");
  CHECK(check(run, Answered{}).finding == "0 of 1, 1 lost with the connection");
  CHECK(verdict(run, Answered{}) == Verdict::held);
}

TEST_CASE("ends cleanly: patience, a broken agent, no end and a rude one fail") {
  CHECK(verdict(RunBuilder().hang_up(9s, "caller", "patience"), EndsCleanly{}) == Verdict::failed);
  CHECK(verdict(RunBuilder().agent_speaks(1s, 1s), EndsCleanly{}) == Verdict::failed);
  CHECK(verdict(RunBuilder().hang_up(9s, "caller"), EndsCleanly{}) == Verdict::held);
  CHECK(verdict(RunBuilder().agent_speaks(1s, 1s).hang_up(9s, "agent"), EndsCleanly{}) == Verdict::held);
  const PropertyResult rude = check(RunBuilder().caller_speaks(1s, 2s).hang_up(9s, "agent"), EndsCleanly{});
  CHECK(rude.verdict == Verdict::failed);
  CHECK(rude.finding == "the agent hung up on a caller who waited for an answer");
  RunResult broken = clean_call().result();
  broken.ended_by = "agent-failed";
  CHECK(check(broken, EndsCleanly{}).verdict == Verdict::failed);
}

TEST_CASE("without times, or with cut sound, what depends on them is not measurable") {
  const Property timing[] = {DeadAir{seconds(1)}, FirstAudio{seconds(1)}, Fallback{seconds(1)}};
  for (const Property& property : timing) {
    INFO(name_of(property));
    CHECK(verdict(clean_call().facts("synthetic"), property) == Verdict::not_measurable);
    CHECK(verdict(clean_call().facts("", "truncated"), property) == Verdict::not_measurable);
  }
  CHECK(verdict(clean_call().facts("synthetic"), FirstToken{seconds(1)}) == Verdict::not_measurable);
  CHECK(verdict(clean_call().facts("", "truncated"), FirstToken{seconds(1)}) == Verdict::held);
  for (const Property& property : {Property(Answered{}), Property(Retries{"*", 1}), Property(EndsCleanly{})})
    CHECK(verdict(clean_call().facts("synthetic", "truncated"), property) == Verdict::held);
}

TEST_CASE("what rests on a stand-in is held only if the model reacts so") {
  RunResult result = clean_call().result();
  result.stand_ins.push_back({.channel = "model"});
  const PropertyResult held = check(result, DeadAir{seconds(1)});
  CHECK(held.verdict == Verdict::held_if);
  CHECK(held.condition == "the model apologises");
  CHECK(check(result, DeadAir{milliseconds(1)}).verdict == Verdict::failed);
}

TEST_CASE("a run that stopped where it left the recording decides nothing that held so far") {
  RunResult result = clean_call().result();
  result.halted = true;
  CHECK(check(result, DeadAir{seconds(1)}).verdict == Verdict::undecided);
  CHECK(check(result, DeadAir{milliseconds(1)}).verdict == Verdict::failed);
}

TEST_CASE("a stranger's text stays on its line and speaks no terminal's language") {
  CHECK(one_line("a\n\x1b[31mb", 40) == "a  [31mb");
  CHECK(one_line("\xC2\x9B"
                 "31m \xC3\xA9",
                 40) == " 31m \xC3\xA9");
  CHECK(one_line("\xFF\xFE", 40) == "??");
  CHECK(one_line("abcdefghij", 8) == "abcde...");
  CHECK(one_line("abcd\xC3\xA9"
                 "fghij",
                 8) == "abcd...");
}

}  // namespace
}  // namespace ringback::sim
