#include "sim/report/text.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "sim/check/requests.h"
#include "sim/report/json.h"
#include "tests/report/sample_runs.h"
#include "tests/support/golden.h"

namespace ringback::sim {
namespace {

using namespace std::chrono_literals;

std::string golden(const std::string& name) { return "tests/report/golden/" + name; }
constexpr TextOptions kUnicode{.signs = Signs::unicode};

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST_CASE("a clean call reads well") {
  const Checked checked(clean_run());
  expect_golden(golden("clean.txt"), render_text(checked.report(), kUnicode));
}

TEST_CASE("a call with dead air reads well") {
  const Checked checked(failed_run());
  expect_golden(golden("dead-air.txt"), render_text(checked.report(), kUnicode));
}

TEST_CASE("the same in colour") {
  const Checked checked(failed_run());
  TextOptions options = kUnicode;
  options.color = Color::on;
  expect_golden(golden("dead-air-colour.txt"), render_text(checked.report(), options));
}

TEST_CASE("the same on a narrow terminal without Unicode") {
  const Checked checked(failed_run());
  expect_golden(golden("dead-air-ascii.txt"), render_text(checked.report(), {.width = 72}));
}

TEST_CASE("a run that left the recording shows where, and what was expected") {
  RunBuilder run = clinic_call();
  run.asks(16s, "ehr.lookup_patient", R"({"name": "Ada"})")
      .diverges(16s, "tool:ehr.lookup_patient", R"({"name":"Ada Lovelace"})", R"({"name":"Ada"})");
  RunResult result = run.result();
  result.halted = true;
  result.divergence->nearest = R"({"name":"Ada Lovelace"})";
  result.ended_by = "halt";
  result.notices = {"the session's instructions differ from the recording's"};
  const Checked checked(std::move(result));
  expect_golden(golden("diverged.txt"), render_text(checked.report(), kUnicode));
}

TEST_CASE("a typed conversation with faults of all kinds reads well") {
  RunBuilder run(RunBuilder::Kind::typed);
  run.caller_types(1s, "Is there rain in Oslo?")
      .requested(1s)
      .created(1100ms, "r1")
      .calls(1200ms, "r1", "c1", "weather")
      .done(1300ms, "r1");
  run.asks(1300ms, "weather", R"({"city": "Oslo"})").breaks(1500ms, "weather", 1);
  run.asks(1700ms, "weather", R"({"city": "Oslo"})")
      .answers(2s, "weather", {.attempt = 2, .body = "{\"rain\":true}"})
      .output(2s, "c1");
  run.requested(2s).created(2100ms, "r2").fault(2200ms, "model", "cut-at-1", "cut", "code 1006").model_closed(2200ms);
  run.agent_types(2300ms, "Sorry, I was cut off.").hang_up(4s, "caller");
  RunResult result = run.result();
  result.stand_ins.push_back({.channel = "model"});
  result.faults = {{.id = "cut-at-1", .fired = 1}, {.id = "rare", .may_stay_silent = true}, {.id = "wrong-place"}};
  result.taints = {"read the real clock"};
  const Checked checked(std::move(result), parse_expectations("e", R"(ringback: 1
properties:
  - dead_air: {max: 100ms}
  - ftl: {p95: 1s}
  - retries: {tool: "billing", max: 1}
  - answered
)"));
  expect_golden(golden("typed.txt"), render_text(checked.report(), kUnicode));
}

TEST_CASE("runs for each reaction are told of side by side, and a property that fails for one says for which") {
  std::vector<ReactionRun> runs;
  for (const Reaction reaction : {Reaction::apologise, Reaction::silent}) {
    RunResult result = reaction == Reaction::silent ? failed_run() : clean_run();
    result.reaction = reaction;
    result.stand_ins.push_back({.channel = "model", .reaction = reaction});
    const Checked checked(std::move(result));
    runs.push_back({checked.result, checked.timeline, checked.properties, checked.metrics});
  }
  const std::vector<PropertyResult> properties = hold_for_each(runs);
  const ReactionRun& told = runs[telling_run(runs)];
  const Report report{.result = told.result,
                      .timeline = told.timeline,
                      .properties = properties,
                      .metrics = told.metrics,
                      .trace = "call.rbt",
                      .agent = "builtin:voice",
                      .command = "ringback replay call.rbt --reaction all --agent builtin:voice",
                      .reactions = &runs};
  const std::string text = render_text(report, {.signs = Signs::unicode, .width = 120});
  CHECK(text.find("✓ apologise      all hold\n") != std::string::npos);
  CHECK(text.find("✗ silent         dead_air failed, ") != std::string::npos);
  CHECK(text.find(", if the model stays silent\n") != std::string::npos);
  const std::string json = render_json(report);
  CHECK(json.find(R"("reactions":[{"reaction":"apologise",)") != std::string::npos);
  CHECK(json.find(R"({"reaction":"silent",)") != std::string::npos);
}

TEST_CASE("without colour there is no escape sequence, with colour each one is closed on its line") {
  const Checked checked(failed_run());
  CHECK(render_text(checked.report(), kUnicode).find('\x1b') == std::string::npos);
  for (const std::string& line : lines_of(render_text(checked.report(), {.color = Color::on}))) {
    std::size_t opened = 0;
    std::size_t closed = 0;
    for (std::size_t at = line.find("\x1b["); at != std::string::npos; at = line.find("\x1b[", at + 1))
      ++(line.compare(at, 4, "\x1b[0m") == 0 ? closed : opened);
    INFO(line);
    CHECK(opened == closed);
  }
}

TEST_CASE("no line is wider than the terminal, but for the command") {
  const Checked checked(failed_run());
  for (const int width : {60, 72, 100, 163, 240}) {
    const std::vector<std::string> lines =
        lines_of(render_text(checked.report(), {.signs = Signs::unicode, .width = width}));
    for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
      INFO(width << ": " << lines[i]);
      CHECK(columns_of(lines[i]) <= width);
    }
  }
}

TEST_CASE("nothing of a finding or a figure is lost on a narrow terminal") {
  const Expectations asked = parse_expectations("e", R"(ringback: 1
properties:
  - dead_air: {max: 3s}
  - turn_latency: {end_of_turn: 700ms, first_token: 1s, first_byte: 1200ms, play_out: 1500ms}
  - unacknowledged_effects: {tool: "ehr.*"}
  - barge_in: {stops_within: 300ms}
  - recovery: {within: 10s}
)");
  const Checked checked(failed_run(), asked);
  for (const int width : {60, 80, 120}) {
    std::string text;
    for (const std::string& line : lines_of(render_text(checked.report(), {.signs = Signs::unicode, .width = width}))) {
      INFO(width << ": " << line);
      CHECK((columns_of(line) <= width || line.find("ringback replay") != std::string::npos));
      text += line.substr(std::min(line.find_first_not_of(' '), line.size())) + " ";
    }
    for (const PropertyResult& answer : checked.properties) {
      std::string words;
      for (const std::string& part : wrap(answer.finding, 12, 20)) words = part;  // the end is what a cut would lose
      INFO(width << ": " << words);
      CHECK(text.find(words.substr(words.rfind(' ') + 1)) != std::string::npos);
    }
    CHECK(text.find("play_out: 1.5s}") != std::string::npos);
    CHECK(text.find("recovery >= 20.240 s") != std::string::npos);
    CHECK(text.find("...") == std::string::npos);
  }
}

TEST_CASE("under strict a run that holds on a condition does not hold") {
  RunResult result = clean_run();
  result.stand_ins.push_back({.channel = "model"});
  const Checked checked(std::move(result));
  Report report = checked.report();
  CHECK_THAT(render_text(report, {}), Catch::Contains("holds if the model apologises"));
  report.strictness = Strictness::strict;
  CHECK_THAT(render_text(report, {}), Catch::Contains("does not hold, strictly"));
}

TEST_CASE("a selector that names no tool is the verdict") {
  const Checked checked(clean_run(), parse_expectations("e", R"(ringback: 1
properties:
  - answered: {tool: lookup_patientt}
)"));
  const std::string text = render_text(checked.report(), {.width = 160});
  CHECK_THAT(text, Catch::Contains("no tool 'lookup_patientt' (did you mean 'lookup_patient'?)"));
  CHECK_THAT(text, Catch::Contains("a selector names nothing"));
}

TEST_CASE("the last line is the command that runs it again") {
  const Checked checked(failed_run());
  CHECK(lines_of(render_text(checked.report(), {})).back() == "  " + checked.report().command);
}

TEST_CASE("a tainted run is never called reproducible") {
  RunResult result = clean_run();
  result.taints = {"opened a socket to 203.0.113.7"};
  const Checked checked(std::move(result));
  const std::string text = render_text(checked.report(), {});
  CHECK_THAT(text, Catch::Contains("tainted: no digest is promised"));
  CHECK_THAT(text, !Catch::Contains("equal digest"));
  CHECK_THAT(text, Catch::Contains("opened a socket"));
}

TEST_CASE("level B without a second run says so") {
  RunResult result = clean_run();
  result.level = Level::child_process;
  const Checked checked(std::move(result));
  Report report = checked.report();
  CHECK_THAT(render_text(report, {}), Catch::Contains("B - child process; not checked"));
  report.verification = Verification::equal;
  CHECK_THAT(render_text(report, {}), Catch::Contains("two runs, equal digests"));
}

TEST_CASE("an empty run is reported without a timeline") {
  const Checked checked{RunResult{}};
  CHECK_THAT(render_text(checked.report(), {}), Catch::Contains("the call never ended"));
}

TEST_CASE("what a stranger wrote does not reach the terminal as commands") {
  RunBuilder run;
  run.asks(1s, "evil\x1b[2J", "{\"a\":\"\x1b]0;x\x07\"}")
      .answers(2s, "evil\x1b[2J", {.attempt = 1, .body = "{\x1b[31m"});
  run.agent_transcript(3s, "\x1b[31mred").agent_speaks(3s, 1s).hang_up(5s, "caller", "\x1b[31m");
  RunResult result = run.result();
  result.notices = {"\x1b[31m"};
  result.faults = {{.id = "\x1b[31m", .fired = 1}};
  result.divergence = Divergence{.channel = "\x1b[31m", .what = "\x1b[31m", .expected = "\x1b[31m"};
  const Checked checked(std::move(result));
  for (const std::string& line : lines_of(render_text(checked.report(), {}))) {
    INFO(one_line(line, 200));
    CHECK(line.find('\x1b') == std::string::npos);
  }
}

}  // namespace
}  // namespace ringback::sim
