#include "sim/report/json.h"

#include <catch2/catch.hpp>

#include "src/wire/canonical_json.h"
#include "tests/report/sample_runs.h"
#include "tests/support/golden.h"

namespace ringback::sim {
namespace {

// One line a member of the outermost object, so that a golden can be read and compared.
std::string broken_up(const std::string& json) {
  std::string out;
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"' && (i == 0 || json[i - 1] != '\\')) in_text = !in_text;
    if (!in_text && (c == '{' || c == '[')) ++depth;
    if (!in_text && (c == '}' || c == ']')) --depth;
    out += c;
    if (!in_text && depth == 1 && c == ',') out += '\n';
  }
  return out;
}

TEST_CASE("the result of a run as JSON") {
  const Checked checked(failed_run());
  const std::string json = render_json(checked.report());
  CHECK(wire::try_canonical_json(json));
  CHECK(json.find('\n') == json.size() - 1);
  expect_golden("tests/report/golden/dead-air.json", broken_up(json));
}

TEST_CASE("what was not measured is null, and every origin is there") {
  RunResult run = RunBuilder().facts("synthetic").result();
  run.seed = UINT64_MAX;
  const Checked checked(std::move(run));
  Report report = checked.report();
  report.wall_ns.reset();
  const std::string json = render_json(report);
  CHECK_THAT(json,
             Catch::Contains(R"("dead_air_max_ns":null,"first_audio_p95_ns":null,"ftl_p95_ns":null,"retries_max":0)"));
  CHECK_THAT(json, Catch::Contains(R"("wall_ns":null)"));
  CHECK_THAT(json, Catch::Contains(R"("divergence":null)"));
  CHECK_THAT(json, Catch::Contains(R"("verdict":"not-measurable")"));
  CHECK_THAT(json, Catch::Contains(R"({"recorded":0,"recorded-repeat":0,"recorded-other-args":0,"rule":0,"stub":0})"));
  CHECK_THAT(json, Catch::Contains(R"("seed":18446744073709551615)"));
}

TEST_CASE("octets that are no text do not break the JSON") {
  RunBuilder run;
  using namespace std::chrono_literals;
  run.asks(1s, "find", "\xFF\x01").hang_up(20s, "agent", "\xFE\"");
  const Checked checked(run.result());
  CHECK(wire::try_canonical_json(render_json(checked.report())));
}

}  // namespace
}  // namespace ringback::sim
