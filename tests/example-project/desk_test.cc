#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#include "desk.h"
#include "ringback/replay.h"

namespace {

// The recorded call, with the tracking service failing in it.
ringback::Replay broken_tracking() {
  return {.recording = ringback::load_trace("call.rbt"),
          .faults = ringback::load_faults("tracking.yaml"),
          .expectations = ringback::load_expectations("expect.yaml")};
}

ringback::Replayed run_desk(const ringback::Replay& replay, const DeskOptions& options) {
  Desk desk(options);
  return ringback::run(replay, desk);
}

}  // namespace

TEST_CASE("the desk gets through the call as it was recorded") {
  const ringback::Replayed run = run_desk({.recording = ringback::load_trace("call.rbt")}, {});
  INFO(run.text());
  REQUIRE(run.holds());
  REQUIRE_FALSE(run.result.divergence.has_value());
}

TEST_CASE("a desk that gives up in silence is caught") {
  const ringback::Replayed run = run_desk(broken_tracking(), {.apologises = false});
  INFO(run.text());
  REQUIRE_FALSE(run.holds());
  REQUIRE(run.verdict("dead_air") == ringback::Verdict::failed);
  REQUIRE(run.verdict("retries") == ringback::Verdict::failed);
  REQUIRE(run.verdict("fallback") == ringback::Verdict::failed);
}

TEST_CASE("a desk that tries twice and then says so is not") {
  const ringback::Replayed run = run_desk(broken_tracking(), {.retries = 1, .apologises = true});
  INFO(run.text());
  REQUIRE(run.holds());
}

TEST_CASE("the desk keeps to virtual time: two runs are one") {
  const ringback::Replay replay = broken_tracking();
  REQUIRE(ringback::difference(run_desk(replay, {}), run_desk(replay, {})).empty());
}
