// dead_air after an error status of tool:parcels.track
// Printed by `ringback repro silence.rbt --as-test catch2`; runs where that file is. Needs Catch2 and libringback
// (pkg-config ringback).
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <vector>

#include "ringback/agent.h"
#include "ringback/replay.h"

// Yours: the agents that your program gives to ringback::cli_main.
std::vector<ringback::AgentKind> own_agents();

TEST_CASE("no dead_air after an error status of tool:parcels.track") {
  const ringback::Replay replay = ringback::load_repro("silence.rbt");
  const auto agent = ringback::make_agent("own:desk?retries=1&fallback=spoken", own_agents());
  const ringback::Replayed run = ringback::run(replay, *agent);
  INFO(run.text());
  REQUIRE(run.verdict("dead_air") != ringback::Verdict::failed);
}
