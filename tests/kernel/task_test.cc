#include "sim/kernel/task.h"

#include <memory>

#include <catch2/catch.hpp>

#include "sim/kernel/scope.h"
#include "sim/kernel/wait.h"

namespace ringback::sim {
namespace {

struct World {
  Kernel kernel;
  Lane& lane = kernel.lane("test");
};

Task<int> after(World& world, Duration delay, int value) {
  co_await sleep(world.kernel, world.lane, delay);
  co_return value;
}

Task<void> store(World& world, Duration delay, int value, int& out) {
  const int result = co_await after(world, delay, value);
  out = result;
}

Task<void> fail_after(World& world, Duration delay) {
  co_await sleep(world.kernel, world.lane, delay);
  fail("planted");
}

Task<void> hold(World& world, std::shared_ptr<int> token) {
  co_await sleep(world.kernel, world.lane, seconds(100));
  *token = 1;
}

Task<void> collect(Mailbox<int>& mailbox, std::vector<int>& out) {
  for (;;) {
    std::optional<int> item = co_await mailbox.receive();
    if (!item.has_value()) break;
    out.push_back(*item);
  }
  out.push_back(-1);
}

Task<void> limited(World& world, Duration work, Duration limit, std::optional<int>& out) {
  std::optional<int> result = co_await with_timeout(world.kernel, world.lane, limit, after(world, work, 7));
  out = result;
}

}  // namespace

TEST_CASE("a task sleeps in virtual time and returns its value", "[kernel]") {
  World world;
  Scope scope(world.kernel, world.lane);
  int value = 0;
  scope.spawn(store(world, seconds(3600), 42, value));
  world.kernel.run();
  REQUIRE(value == 42);
  REQUIRE((world.kernel.now() == VirtualTime() + seconds(3600)));
  REQUIRE(scope.running() == 0);
}

TEST_CASE("an exception in a spawned task leaves through the kernel", "[kernel]") {
  World world;
  Scope scope(world.kernel, world.lane);
  scope.spawn(fail_after(world, seconds(1)));
  REQUIRE_THROWS_WITH(world.kernel.run(), "planted");
}

TEST_CASE("destroying a scope cancels its tasks and frees what they held", "[kernel]") {
  World world;
  auto token = std::make_shared<int>(0);
  {
    Scope scope(world.kernel, world.lane);
    scope.spawn(hold(world, token));
    world.kernel.run(VirtualTime() + seconds(1));
    REQUIRE(token.use_count() == 2);
  }
  REQUIRE(token.use_count() == 1);
  world.kernel.run();
  REQUIRE(*token == 0);
}

TEST_CASE("a scope that is destroyed before its tasks began starts none of them", "[kernel]") {
  World world;
  int value = 0;
  {
    Scope scope(world.kernel, world.lane);
    scope.spawn(store(world, seconds(0), 1, value));
  }
  world.kernel.run();
  REQUIRE(value == 0);
}

TEST_CASE("a mailbox gives items in order and ends when it is closed", "[kernel]") {
  World world;
  Mailbox<int> mailbox(world.kernel, world.lane);
  std::vector<int> got;
  Scope scope(world.kernel, world.lane);
  scope.spawn(collect(mailbox, got));
  mailbox.push(1);
  world.kernel.schedule(VirtualTime() + seconds(1), EventClass::delivery, world.lane, [&] {
    mailbox.push(2);
    mailbox.push(3);
    mailbox.close();
    mailbox.push(4);
  });
  world.kernel.run();
  REQUIRE(got == std::vector<int>{1, 2, 3, -1});
}

TEST_CASE("a task that is cancelled while it waits on a mailbox leaves the mailbox usable", "[kernel]") {
  World world;
  Mailbox<int> mailbox(world.kernel, world.lane);
  std::vector<int> first;
  std::vector<int> second;
  {
    Scope scope(world.kernel, world.lane);
    scope.spawn(collect(mailbox, first));
    world.kernel.run();
    mailbox.push(1);
  }
  Scope scope(world.kernel, world.lane);
  scope.spawn(collect(mailbox, second));
  world.kernel.run();
  REQUIRE(first.empty());
  REQUIRE(second == std::vector<int>{1});
}

TEST_CASE("with_timeout gives the result or nothing, and the limit wins a tie", "[kernel]") {
  World world;
  Scope scope(world.kernel, world.lane);
  std::optional<int> early;
  std::optional<int> late;
  std::optional<int> tie;
  scope.spawn(limited(world, seconds(1), seconds(2), early));
  scope.spawn(limited(world, seconds(3), seconds(2), late));
  scope.spawn(limited(world, seconds(2), seconds(2), tie));
  world.kernel.run();
  REQUIRE(early == 7);
  REQUIRE_FALSE(late.has_value());
  REQUIRE_FALSE(tie.has_value());
  REQUIRE((world.kernel.now() == VirtualTime() + seconds(2)));
}

TEST_CASE("a with_timeout that is cancelled takes its timer along", "[kernel]") {
  World world;
  std::optional<int> never;
  {
    Scope scope(world.kernel, world.lane);
    scope.spawn(limited(world, seconds(3), seconds(2), never));
    world.kernel.run(VirtualTime() + seconds(1));
  }
  REQUIRE(world.kernel.pending() == 0);
  REQUIRE(world.kernel.run() == Kernel::Stop::idle);
  REQUIRE_FALSE(never.has_value());
}

}  // namespace ringback::sim
