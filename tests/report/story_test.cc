#include "sim/report/story.h"

#include <catch2/catch.hpp>

#include "sim/report/lanes.h"
#include "tests/report/sample_runs.h"

namespace ringback::sim {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> told(const Checked& checked) {
  std::vector<std::string> lines;
  for (const Moment& moment : tell(checked.report()).moments)
    lines.push_back(clock_text(moment.at) + " " + moment.who + " " + moment.what);
  return lines;
}
bool contains(const std::vector<std::string>& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

TEST_CASE("a story names the interruption, each attempt and the dead air") {
  const std::vector<std::string> lines = told(Checked(failed_run()));
  CHECK(contains(lines, "00:12.300 agent barge-in: drops what it was saying, 0.300 s after the caller began"));
  CHECK(contains(
      lines,
      "00:15.800 tool ehr.lookup_patient {\"name\":\"Ada Lovelace\"} -> malformed: {not-json, by ehr-malformed"));
  CHECK(contains(lines, "00:16.700 tool ehr.lookup_patient again (2 of 5) -> malformed: {not-json, by ehr-malformed"));
  CHECK(contains(lines, "00:15.700 model calls lookup_patient and never gets its output"));
  CHECK(contains(lines, "00:16.740 dead air 20.000 s of silence, until 00:36.740, when the call was over"));
  CHECK(lines.back() == "00:36.740 caller hangs up, having waited too long");
}

TEST_CASE("a row of one fault is told once") {
  RunBuilder run;
  run.caller_speaks_unheard(1s, 2s, "mute").caller_speaks_unheard(10s, 1s, "mute").hang_up(12s, "caller");
  const std::vector<std::string> lines = told(Checked(run.result()));
  CHECK(contains(lines, "00:01.000 fault mute: silence on caller.audio, 100 events until 00:02.980"));
  CHECK(contains(lines, "00:10.000 fault mute: silence on caller.audio, 50 events until 00:10.980"));
}

TEST_CASE("a long story keeps what matters and says what it left out") {
  RunBuilder run;
  for (int i = 0; i < 200; ++i) run.caller_speaks(i * 20s, 1s).agent_speaks(i * 20s + 2s, 1s);
  run.asks(2000s, "find").answers(2001s, "find", {.attempt = 1, .status = 500}).hang_up(4100s, "caller");
  const Checked checked(run.result());
  const Story story = tell(checked.report());
  CHECK(story.moments.size() <= kMomentsMax);
  CHECK(story.moments.size() + story.left_out == 402);
  CHECK(contains(told(checked), "33:20.000 tool find {} -> status 500, after 1.000 s"));
  CHECK(story.moments.back().what == "hangs up");
}

TEST_CASE("times read as a clock") {
  CHECK(clock_text(VirtualTime()) == "00:00.000");
  CHECK(clock_text(VirtualTime() + milliseconds(64'480)) == "01:04.480");
  CHECK(clock_text(VirtualTime() + seconds(3'723)) == "1:02:03.000");
}

}  // namespace
}  // namespace ringback::sim
