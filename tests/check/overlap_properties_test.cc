// Agent and caller at the same time.
#include <catch2/catch.hpp>

#include "tests/check/one_property.h"

namespace ringback::sim {
namespace {

using namespace std::chrono_literals;
using Time = RunBuilder::Time;

// The agent talks from 1.040 s to 11.040 s; the caller speaks over it from 3 s to 6 s.
//
//   agent    ##############
//   caller     ####
RunBuilder spoken_over() {
  RunBuilder run;
  run.agent_speaks(1s, 10s).caller_speaks(3s, 3s).hang_up(20s, "caller");
  return run;
}

TEST_CASE("barge-in: an agent that goes on is heard too long") {
  const PropertyResult answer = check(spoken_over(), BargeIn{milliseconds(300)});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.finding == "stopped after 8.040 s at most, 1 time");
  CHECK(answer.evidence.at(0).text == "the agent is heard for 8.040 s after the caller began to speak over it");
  CHECK(answer.evidence.at(0).at == VirtualTime() + seconds(3));
}

TEST_CASE("barge-in: an agent that drops its queue in time holds it") {
  RunBuilder run = spoken_over();
  run.agent_clears(3200ms);
  CHECK(verdict(run, BargeIn{milliseconds(300)}) == Verdict::held);
  CHECK(verdict(run, BargeIn{milliseconds(199)}) == Verdict::failed);
}

TEST_CASE("barge-in: an agent that drops its queue and goes on sending has not stopped") {
  RunBuilder run = spoken_over();
  run.agent_clears(3200ms).agent_speaks(3250ms, 2s);
  CHECK(verdict(run, BargeIn{milliseconds(300)}) == Verdict::failed);
}

TEST_CASE("barge-in: a word that is over before the agent had to stop, or none, decides nothing") {
  RunBuilder run;
  run.agent_speaks(1s, 10s).caller_speaks(3s, 200ms).hang_up(20s, "caller");
  CHECK(verdict(run, BargeIn{milliseconds(300)}) == Verdict::undecided);
  RunBuilder polite;
  polite.agent_speaks(1s, 1s).caller_speaks(3s, 1s).hang_up(20s, "caller");
  CHECK(verdict(polite, BargeIn{milliseconds(300)}) == Verdict::undecided);
}

TEST_CASE("talk-over: the longest time for which both are heard decides") {
  const PropertyResult answer = check(spoken_over(), TalkOver{seconds(2)});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.finding == "longest 3.000 s");
  CHECK(verdict(spoken_over(), TalkOver{seconds(3)}) == Verdict::held);
  RunBuilder polite;
  polite.agent_speaks(1s, 1s).caller_speaks(3s, 1s).hang_up(20s, "caller");
  CHECK(verdict(polite, TalkOver{Duration()}) == Verdict::held);
}

TEST_CASE("missed barge-in: an agent that talks through all that the caller says") {
  CHECK(check(spoken_over(), MissedBargeIn{0}).evidence.at(0).text ==
        "the caller speaks over the agent for 3.000 s and is talked through");
  CHECK(verdict(spoken_over(), MissedBargeIn{0}) == Verdict::failed);
  CHECK(verdict(spoken_over(), MissedBargeIn{1}) == Verdict::held);
  RunBuilder late = spoken_over();
  late.agent_clears(5900ms);
  CHECK(verdict(late, MissedBargeIn{0}) == Verdict::held);
  RunBuilder agreed;
  agreed.agent_speaks(1s, 10s).caller_speaks(3s, 500ms).hang_up(20s, "caller");
  CHECK(verdict(agreed, MissedBargeIn{0}) == Verdict::held);
}

TEST_CASE("false barge-in: an agent that breaks off while the caller is silent") {
  RunBuilder run;
  run.agent_speaks(1s, 10s).agent_clears(3s).hang_up(20s, "caller");
  const PropertyResult answer = check(run, FalseBargeIn{0});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.evidence.at(0).text == "drops 8.040 s of what it was saying, although the caller is silent");
  CHECK(verdict(run, FalseBargeIn{1}) == Verdict::held);
  RunBuilder spoken = spoken_over();
  spoken.agent_clears(3200ms);
  CHECK(verdict(spoken, FalseBargeIn{0}) == Verdict::held);
  RunBuilder pressed;
  pressed.agent_speaks(1s, 10s).caller_presses(2900ms, "0").agent_clears(3s).hang_up(20s, "caller");
  CHECK(verdict(pressed, FalseBargeIn{0}) == Verdict::held);
  RunBuilder long_ago;
  long_ago.agent_speaks(1s, 10s).caller_speaks(2s, 400ms).agent_clears(4s).hang_up(20s, "caller");
  CHECK(verdict(long_ago, FalseBargeIn{0}) == Verdict::failed);
}

TEST_CASE("cut-in: an agent that begins before the caller has finished") {
  RunBuilder run;
  run.caller_speaks(1s, 3s).agent_speaks(3s, 2s).hang_up(9s, "caller");
  const PropertyResult answer = check(run, CutIn{milliseconds(200)});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.evidence.at(0).text == "the agent begins 0.960 s before the caller has finished");
  CHECK(verdict(run, CutIn{seconds(1)}) == Verdict::held);
  // Two who begin within 200 ms of each other cannot know of each other.
  RunBuilder together;
  together.caller_speaks(1s, 3s).agent_speaks(1140ms, 2s).hang_up(9s, "caller");
  CHECK(verdict(together, CutIn{Duration()}) == Verdict::held);
  RunBuilder later;
  later.caller_speaks(1s, 3s).agent_speaks(1200ms, 2s).hang_up(9s, "caller");
  CHECK(verdict(later, CutIn{Duration()}) == Verdict::failed);
  // Who was talking already is spoken over, and cuts in on nobody.
  CHECK(verdict(spoken_over(), CutIn{Duration()}) == Verdict::held);
}

TEST_CASE("underruns: a stream that comes too slowly runs dry inside an answer") {
  RunBuilder run;
  run.agent_speaks(1s, 1s).agent_speaks(2100ms, 1s).hang_up(9s, "caller");
  const PropertyResult answer = check(run, Underruns{0});
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.evidence.at(0).text == "the sound runs dry for 0.100 s inside an answer");
  CHECK(verdict(run, Underruns{1}) == Verdict::held);
  RunBuilder smooth;
  smooth.agent_speaks(1s, 1s).agent_speaks(1500ms, 1s).agent_speaks(5s, 1s).hang_up(9s, "caller");
  CHECK(verdict(smooth, Underruns{0}) == Verdict::held);
}

TEST_CASE("underruns: a longer gap is one where the model was still sending the answer") {
  RunBuilder run;
  run.created(900ms, "r").item_sound(1s, "r", "i", 1s).agent_speaks(1s, 1s);
  run.item_sound(2600ms, "r", "i", 1s).agent_speaks(2600ms, 1s).done(2700ms, "r").hang_up(9s, "caller");
  CHECK(verdict(run, Underruns{0}) == Verdict::failed);
  RunBuilder two_answers;
  two_answers.created(900ms, "r").item_sound(1s, "r", "i", 1s).agent_speaks(1s, 1s).done(1100ms, "r");
  two_answers.created(2500ms, "s").item_sound(2600ms, "s", "j", 1s).agent_speaks(2600ms, 1s).done(2700ms, "s");
  two_answers.hang_up(9s, "caller");
  CHECK(verdict(two_answers, Underruns{0}) == Verdict::held);
}

}  // namespace
}  // namespace ringback::sim
