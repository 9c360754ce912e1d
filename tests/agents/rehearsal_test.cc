// Retry logic by itself, against tools that answer as they are told.
#include "sim/agents/rehearsal.h"

#include <stdexcept>

#include <catch2/catch.hpp>

#include "include/ringback/agent.h"

namespace ringback::sim {
namespace {

// Three attempts of a second each, the wait between them doubled.
Task<void> look_up(Rehearsal& world, std::optional<Bytes>& found) {
  Duration backoff = milliseconds(100);
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (attempt > 0) co_await sleep(world.kernel(), world.lane(), backoff);
    if (attempt > 0) backoff = backoff * 2;
    Task<ToolReply> asked = world.tools().call("lookup", R"({"id":7})");
    std::optional<ToolReply> reply = co_await with_timeout(world.kernel(), world.lane(), seconds(1), std::move(asked));
    if (!reply.has_value() || !reply->answered || reply->status != 200) continue;
    found = reply->body;
    co_return;
  }
}

Task<void> wait_for_ever(Rehearsal& world) {
  Mailbox<bool> nothing(world.kernel(), world.lane());
  co_await nothing.receive();
}

Task<void> break_down() {
  throw std::runtime_error("broken");
  co_return;
}

}  // namespace

TEST_CASE("each attempt gets its own answer, at its own time", "[rehearsal]") {
  Rehearsal world({{.status = 503}, {.never = true}, {.after = milliseconds(300), .body = "found"}});
  std::optional<Bytes> found;
  REQUIRE(world.run(look_up(world, found)));
  CHECK(found == Bytes("found"));
  REQUIRE(world.attempts().size() == 3);
  CHECK(world.attempts()[0].answered == VirtualTime() + milliseconds(100));
  CHECK(world.attempts()[1].at == VirtualTime() + milliseconds(200));
  CHECK_FALSE(world.attempts()[1].answered.has_value());
  CHECK(world.attempts()[2].at == VirtualTime() + milliseconds(1400));
  CHECK(world.attempts()[2].arguments == R"({"id":7})");
  CHECK(world.now() == VirtualTime() + milliseconds(1700));
}

TEST_CASE("the last answer is given again, and a failed connection is told as one", "[rehearsal]") {
  Rehearsal world({{.failure = "reset"}});
  std::optional<Bytes> found;
  REQUIRE(world.run(look_up(world, found)));
  CHECK_FALSE(found.has_value());
  CHECK(world.attempts().size() == 3);
}

TEST_CASE("a task that does not end is cancelled at the limit, or when nothing can wake it", "[rehearsal]") {
  Rehearsal slow({{.after = seconds(100)}});
  std::optional<Bytes> found;
  CHECK_FALSE(slow.run(look_up(slow, found), milliseconds(1500)));
  CHECK(slow.attempts().size() == 2);
  Rehearsal stuck({});
  CHECK_FALSE(stuck.run(wait_for_ever(stuck)));
}

TEST_CASE("what the logic throws reaches the test", "[rehearsal]") {
  Rehearsal world({});
  CHECK_THROWS_WITH(world.run(break_down()), "broken");
}

TEST_CASE("retries end in time whatever the tool does, over ten thousand drawn cases", "[rehearsal]") {
  std::size_t found_some = 0;
  for (Seed seed = 0; seed < 10'000; ++seed) {
    const std::vector<ToolAnswer> answers = drawn_answers(seed, 3);
    REQUIRE(drawn_answers(seed, 2) == std::vector<ToolAnswer>(answers.begin(), answers.begin() + 2));
    Rehearsal world(answers);
    std::optional<Bytes> found;
    REQUIRE(world.run(look_up(world, found)));
    REQUIRE(world.now() <= VirtualTime() + milliseconds(3300));
    REQUIRE(world.attempts().size() <= 3);
    found_some += found.has_value() ? 1 : 0;
  }
  CHECK(found_some > 1000);
  CHECK(found_some < 9000);
}

}  // namespace ringback::sim
