// What the agent said, and what the model believes it said.
#include <catch2/catch.hpp>

#include "tests/check/one_property.h"

namespace ringback::sim {
namespace {

using namespace std::chrono_literals;
using Time = RunBuilder::Time;

// The model sends 10 s of one item, the agent hands it on, drops it at 4.040 s (3 s were heard) and says so.
RunBuilder interrupted(int told_ms) {
  RunBuilder run;
  run.created(900ms, "r").item_sound(1s, "r", "item_1", 10s).agent_speaks(1s, 10s).done(1100ms, "r");
  run.to_agent(1100ms, wire::audio_transcript_done({.event_id = "e", .response_id = "r", .item_id = "item_1"},
                                                   "one two three four five six seven eight nine ten"));
  run.caller_speaks(4s, 2s).agent_clears(4040ms);
  if (told_ms >= 0) run.from_agent(4040ms, wire::truncate("item_1", told_ms));
  run.created(7s, "s").agent_speaks(7s, 1s).done(7100ms, "s").hang_up(20s, "caller");
  return run;
}

TEST_CASE("truncation: what the agent tells is compared with what was played") {
  const PropertyResult wrong = check(interrupted(5200), Truncation{milliseconds(200)});
  CHECK(wrong.verdict == Verdict::failed);
  CHECK(wrong.finding == "off by 2.200 s at most, 1 time");
  CHECK(wrong.evidence.at(0).text == "the model is told that 5.200 s was heard of 'item_1', and it was 3.000 s");
  CHECK(verdict(interrupted(3200), Truncation{milliseconds(200)}) == Verdict::held);
  CHECK(verdict(interrupted(2800), Truncation{milliseconds(200)}) == Verdict::held);
  CHECK(verdict(interrupted(2799), Truncation{milliseconds(200)}) == Verdict::failed);
  CHECK(verdict(interrupted(-1), Truncation{Duration()}) == Verdict::held);
}

TEST_CASE("truncation: more than the model ever sent, and an item of another session, are told so") {
  CHECK_THAT(check(interrupted(55'960), Truncation{seconds(1)}).evidence.at(0).text,
             Catch::EndsWith("it was 3.000 s; it has only 10.000 s"));
  RunBuilder run = interrupted(3000);
  run.model_closed(9s).model_opens(10s).from_agent(11s, wire::truncate("item_1", 3000));
  CHECK(check(run, Truncation{seconds(1)}).evidence.at(0).text ==
        "'item_1' is truncated, of which the model sent no sound in this session");
}

TEST_CASE("truncation: what is played of an item that follows another counts from its own begin") {
  RunBuilder run;
  run.created(900ms, "r").item_sound(1s, "r", "one", 2s).item_sound(1s, "r", "two", 5s).done(1s, "r");
  // The agent paces: 7 s in pieces of 1 s.
  for (int i = 0; i < 7; ++i) run.agent_speaks(1s + i * 1s, 1s);
  run.agent_clears(4040ms).from_agent(4040ms, wire::truncate("two", 1000)).hang_up(20s, "caller");
  CHECK(check(run, Truncation{Duration()}).finding == "off by 0.000 s at most, 1 time");
}

TEST_CASE("spoken text: what the model keeps and nobody heard fails") {
  const PropertyResult wrong = check(interrupted(-1), SpokenText{milliseconds(500)});
  CHECK(wrong.verdict == Verdict::failed);
  CHECK(wrong.evidence.at(0).text ==
        "7.000 s of 'item_1' stand as said and were not heard: \"four five six seven eight nine ten\"");
  CHECK(verdict(interrupted(3000), SpokenText{milliseconds(500)}) == Verdict::held);
  CHECK(verdict(interrupted(5000), SpokenText{milliseconds(500)}) == Verdict::failed);
}

TEST_CASE("spoken text: sound that the agent never handed on was not heard; what the hang-up cut is nobody's fault") {
  RunBuilder swallowed;
  swallowed.created(900ms, "r").item_sound(1s, "r", "item_1", 4s).done(1100ms, "r").hang_up(20s, "caller");
  CHECK(verdict(swallowed, SpokenText{seconds(1)}) == Verdict::failed);
  RunBuilder cut;
  cut.created(900ms, "r").item_sound(1s, "r", "i", 9s).agent_speaks(1s, 9s).done(1100ms, "r").hang_up(3s, "caller");
  CHECK(verdict(cut, SpokenText{Duration()}) == Verdict::held);
  RunBuilder at_the_end;
  at_the_end.created(900ms, "r").item_sound(2500ms, "r", "i", 9s).hang_up(3s, "caller");
  CHECK(verdict(at_the_end, SpokenText{Duration()}) == Verdict::held);
}

// A reconnect after two things were said; `again` is what the agent tells the new session.
RunBuilder reconnected(const std::vector<std::string>& again) {
  RunBuilder run;
  run.model_opens(0s).caller_speaks(1s, 2s);
  run.to_agent(4s, wire::input_transcription_completed("e", "i", "I am Ada."));
  run.created(4s, "r").agent_transcript(5s, "Hello, Ada!").agent_speaks(5s, 2s).done(5s, "r");
  run.model_closed(8s).model_opens(9s);
  for (const std::string& text : again) run.from_agent(9s, wire::create_user_text(text));
  run.requested(10s).created(10s, "s").agent_speaks(11s, 1s).done(11s, "s").hang_up(20s, "caller");
  return run;
}

TEST_CASE("context kept: a new session that is told nothing fails") {
  const PropertyResult lost = check(reconnected({}), ContextKept{});
  CHECK(lost.verdict == Verdict::failed);
  CHECK(lost.evidence.at(0).text ==
        "the new session answers without 2 of the last 2 things said, such as \"Hello, Ada!\"");
  CHECK(verdict(reconnected({"The caller said: i am ADA", "I said: hello ada"}), ContextKept{}) == Verdict::held);
  CHECK(verdict(reconnected({"I said: Hello, Ada!"}), ContextKept{}) == Verdict::failed);
  CHECK(verdict(reconnected({"I said: Hello, Ada!"}), ContextKept{1}) == Verdict::held);
}

TEST_CASE("context kept: what the caller is still saying, and what the agent says later, were not said before") {
  RunBuilder speaking;
  speaking.model_opens(0s).created(1s, "r").agent_transcript(1s, "Hello, Ada!").agent_speaks(1s, 1s).done(1s, "r");
  speaking.caller_speaks(8s, 3s).model_closed(8500ms).model_opens(9s);
  speaking.from_agent(9s, wire::create_user_text("hello ada"));
  speaking.requested(12s).created(12s, "s").agent_speaks(13s, 1s).done(13s, "s").hang_up(20s, "caller");
  CHECK(verdict(speaking, ContextKept{}) == Verdict::held);
  RunBuilder talking;
  talking.model_opens(0s).created(1s, "r").agent_transcript(1s, "Hello, Ada!").agent_speaks(1s, 5s).done(1s, "r");
  talking.model_closed(2s).model_opens(3s).from_agent(3s, wire::create_user_text("hello ada"));
  talking.agent_transcript(4s, "Are you there?").agent_speaks(4s, 2s);
  talking.requested(5s).created(5s, "s").agent_speaks(9s, 1s).done(9s, "s").hang_up(20s, "caller");
  CHECK(verdict(talking, ContextKept{}) == Verdict::held);
}

TEST_CASE("context kept: one session, or nothing said before, loses nothing") {
  RunBuilder one;
  one.model_opens(0s).caller_speaks(1s, 1s).created(3s, "r").done(4s, "r").hang_up(9s, "caller");
  CHECK(verdict(one, ContextKept{}) == Verdict::held);
  RunBuilder early;
  early.model_opens(0s).model_closed(100ms).model_opens(1s).requested(2s).created(2s, "r").hang_up(9s, "caller");
  CHECK(verdict(early, ContextKept{}) == Verdict::held);
}

TEST_CASE("context kept: without words as many items are enough") {
  const auto with_items = [](int items) {
    RunBuilder run;
    run.model_opens(0s).caller_speaks(1s, 2s).created(4s, "r").agent_speaks(5s, 2s).done(5s, "r");
    run.model_closed(8s).model_opens(9s);
    for (int i = 0; i < items; ++i) run.from_agent(9s, wire::create_user_text("something"));
    run.requested(10s).created(10s, "s").done(11s, "s").hang_up(20s, "caller");
    return run;
  };
  CHECK(verdict(with_items(1), ContextKept{}) == Verdict::failed);
  CHECK(verdict(with_items(2), ContextKept{}) == Verdict::held);
}

TEST_CASE("speaks: an agent that never says a word fails, and why is told") {
  RunBuilder refused;
  refused.model_opens(0s).model_closed(50ms).hang_up(60ms, "agent");
  const PropertyResult answer = check(refused, Speaks{});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.finding == "the agent said nothing in the whole call (the connection to model was refused or lost)");
  RunBuilder limited;
  limited.requested(1s).created(1s, "r").done(2s, "r", "failed").hang_up(25s, "caller", "patience");
  CHECK(check(limited, Speaks{}).finding == "the agent said nothing in the whole call (response 1: failed)");
  CHECK(verdict(RunBuilder().agent_speaks(1s, 1s).hang_up(3s, "caller"), Speaks{}) == Verdict::held);
  RunBuilder typed(RunBuilder::Kind::typed);
  CHECK(verdict(typed.agent_types(1s, "hello").hang_up(3s, "caller"), Speaks{}) == Verdict::held);
  CHECK(verdict(RunBuilder().hang_up(900ms, "caller"), Speaks{}) == Verdict::held);
  CHECK(verdict(RunBuilder().hang_up(20s, "caller"), Speaks{}) == Verdict::failed);
}

TEST_CASE("tokens: the model's own reports are added up") {
  RunBuilder run;
  run.created(1s, "r").usage(2s, "r", 100, 20).created(3s, "s").usage(4s, "s", 200, 30).hang_up(9s, "caller");
  const PropertyResult answer = check(run, Tokens{349});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.finding == "300 in, 50 out");
  CHECK(answer.evidence.at(0).text == "response 2 takes the sum to 350");
  CHECK(verdict(run, Tokens{350}) == Verdict::held);
  CHECK(verdict(RunBuilder().created(1s, "r").done(2s, "r"), Tokens{1}) == Verdict::not_measurable);
}

}  // namespace
}  // namespace ringback::sim
