#include "sim/check/metrics.h"

#include <catch2/catch.hpp>

#include "sim/check/latencies.h"
#include "tests/support/run_builder.h"

namespace ringback::sim {
namespace {

using namespace std::chrono_literals;

Metrics metrics_of(const RunBuilder& run) {
  const RunResult result = run.result();
  return measure(build_timeline(result.run, result.end));
}

TEST_CASE("the figures of a call") {
  RunBuilder run;
  run.caller_speaks(1s, 1s).created(2100ms, "r").token(2200ms, "r").agent_speaks(2300ms, 1s).done(2400ms, "r");
  run.asks(3s, "find").answers(4s, "find", {.attempt = 1, .status = 500});
  run.asks(5s, "find").answers(6s, "find", {.attempt = 2, .status = 500});
  run.asks(7s, "find").answers(8s, "find", {.attempt = 3});
  run.hang_up(9s, "caller");
  const Metrics metrics = metrics_of(run);
  CHECK(metrics.dead_air_max == milliseconds(340));
  CHECK(metrics.first_audio_p95 == milliseconds(340));
  CHECK(metrics.ftl_p95 == milliseconds(200));
  CHECK(metrics.retries_max == 2);
  CHECK(metrics.retries_by_agent == 2);
  CHECK(metrics.identical_requests_max == 3);
  CHECK(metrics.talk_over_max == Duration());
  CHECK(metrics.underruns == 0);
  CHECK_FALSE(metrics.barge_in_max);
  CHECK_FALSE(metrics.input_tokens);
}

TEST_CASE("what was not measured is missing, not zero") {
  RunBuilder run;
  run.caller_speaks(1s, 1s).agent_speaks(2300ms, 1s).facts("synthetic");
  CHECK(metrics_of(run) == Metrics{});
  run.facts("", "truncated");
  CHECK_FALSE(metrics_of(run).dead_air_max);
  CHECK_FALSE(metrics_of(run).talk_over_max);
  CHECK(metrics_of(RunBuilder().hang_up(1s, "caller")).dead_air_max == seconds(1));
}

TEST_CASE("recovery that never came is a lower bound") {
  RunBuilder run;
  run.asks(1s, "find").answers(2s, "find", {.attempt = 1, .status = 500}).hang_up(20s, "caller", "patience");
  CHECK(metrics_of(run).recovery_max == seconds(18));
  CHECK(metrics_of(run).recovery_is_censored);
  run.caller_speaks(6s, 1s).created(7100ms, "r").agent_speaks(8s, 1s).done(8100ms, "r");
  CHECK(metrics_of(run).recovery_max == milliseconds(6040));
  CHECK_FALSE(metrics_of(run).recovery_is_censored);
}

TEST_CASE("cost counts tokens as the model reports them, and sound either way") {
  RunBuilder run;
  run.created(1s, "r").item_sound(1s, "r", "i", 3s).usage(2s, "r", 120, 30);
  run.from_agent(1s, wire::append_audio(Bytes(48'000, 'x'))).hang_up(9s, "caller");
  CHECK(metrics_of(run).input_tokens == 120);
  CHECK(metrics_of(run).output_tokens == 30);
  CHECK(metrics_of(run).audio_out == seconds(3));
  CHECK(metrics_of(run).audio_in == seconds(1));
}

TEST_CASE("the 95th percentile is the nearest rank") {
  const auto of = [](int n) {
    std::vector<Latency> latencies;
    for (int i = n; i > 0; --i) latencies.push_back({.length = seconds(i), .came = true});
    return p95(latencies);
  };
  CHECK_FALSE(of(0));
  CHECK(of(1) == seconds(1));
  CHECK(of(19) == seconds(19));
  CHECK(of(20) == seconds(19));
  CHECK(of(21) == seconds(20));
  CHECK(of(100) == seconds(95));
}

}  // namespace
}  // namespace ringback::sim
