#include "sim/kernel/kernel.h"

#include <algorithm>
#include <tuple>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "src/base/error.h"
#include "src/base/hash.h"

namespace ringback::sim {
namespace {

VirtualTime at_ms(std::int64_t ms) { return VirtualTime::from_ns(ms * 1'000'000); }

}  // namespace

TEST_CASE("callbacks run in order of time, class, lane and number", "[kernel]") {
  Kernel kernel;
  Lane& lane = kernel.lane("a");
  std::string order;
  kernel.schedule(at_ms(2), EventClass::delivery, lane, [&] { order += "e"; });
  kernel.schedule(at_ms(1), EventClass::wake, lane, [&] { order += "d"; });
  kernel.schedule(at_ms(1), EventClass::timer, lane, [&] { order += "c"; });
  kernel.schedule(at_ms(1), EventClass::delivery, lane, [&] { order += "a"; });
  kernel.schedule(at_ms(1), EventClass::delivery, lane, [&] { order += "b"; });
  REQUIRE(kernel.run() == Kernel::Stop::idle);
  REQUIRE(order == "abcde");
  REQUIRE((kernel.now() == at_ms(2)));
}

TEST_CASE("a lane that is added does not reorder the others", "[kernel]") {
  const auto order_of = [](bool with_extra) {
    Kernel kernel;
    std::string order;
    if (with_extra) kernel.schedule(at_ms(1), EventClass::timer, kernel.lane("extra"), [] {});
    for (const char* name : {"caller", "model", "tool:a", "tool:b", "agent"}) {
      kernel.schedule(at_ms(1), EventClass::timer, kernel.lane(name),
                      [&order, name] { order += std::string(name) + " "; });
    }
    kernel.run();
    return order;
  };
  REQUIRE(order_of(true) == order_of(false));
}

TEST_CASE("a time before now fails loudly", "[kernel]") {
  Kernel kernel;
  Lane& lane = kernel.lane("a");
  kernel.schedule(at_ms(5), EventClass::timer, lane,
                  [&] { kernel.schedule(at_ms(4), EventClass::timer, lane, [] {}); });
  REQUIRE_THROWS_AS(kernel.run(), InternalError);
}

TEST_CASE("a cancelled callback does not run and cancelling twice is harmless", "[kernel]") {
  Kernel kernel;
  Lane& lane = kernel.lane("a");
  bool ran = false;
  const TimerId timer = kernel.schedule(at_ms(1), EventClass::timer, lane, [&] { ran = true; });
  kernel.cancel(timer);
  kernel.cancel(timer);
  // The slot is used again; the old name must not reach the new callback.
  bool second_ran = false;
  kernel.schedule(at_ms(2), EventClass::timer, lane, [&] { second_ran = true; });
  kernel.cancel(timer);
  kernel.cancel(TimerId());
  REQUIRE(kernel.pending() == 1);
  kernel.run();
  REQUIRE_FALSE(ran);
  REQUIRE(second_ran);
}

TEST_CASE("a limit leaves what lies behind it in the queue", "[kernel]") {
  Kernel kernel;
  int ran = 0;
  kernel.schedule(at_ms(1), EventClass::timer, kernel.lane("a"), [&] { ++ran; });
  kernel.schedule(at_ms(3), EventClass::timer, kernel.lane("a"), [&] { ++ran; });
  REQUIRE(kernel.run(at_ms(2)) == Kernel::Stop::limit);
  REQUIRE(ran == 1);
  REQUIRE(kernel.run() == Kernel::Stop::idle);
  REQUIRE(ran == 2);
}

TEST_CASE("stop ends the run after the callback that asked for it", "[kernel]") {
  Kernel kernel;
  int ran = 0;
  for (int i = 0; i < 3; ++i) {
    kernel.schedule(at_ms(i), EventClass::timer, kernel.lane("a"), [&] {
      ++ran;
      kernel.stop();
    });
  }
  REQUIRE(kernel.run() == Kernel::Stop::stopped);
  REQUIRE(ran == 1);
}

TEST_CASE("any set of callbacks runs as a sort by the key would have it", "[kernel]") {
  REQUIRE(rc::check("sorted", [](const std::vector<std::tuple<std::uint8_t, std::uint8_t, std::uint8_t>>& plan) {
    Kernel kernel;
    // lane ids are hashes of names: the model sorts by the same hash
    using Key = std::tuple<int, int, std::uint64_t, std::size_t>;
    std::vector<Key> expected;
    std::vector<Key> actual;
    for (std::size_t i = 0; i < plan.size(); ++i) {
      const int time = std::get<0>(plan[i]) % 5;
      const int event_class = std::get<1>(plan[i]) % 3;
      const std::string name = "lane" + std::to_string(std::get<2>(plan[i]) % 4);
      const Key key{time, event_class, hash64(name) >> 8, i};
      expected.push_back(key);
      kernel.schedule(at_ms(time), static_cast<EventClass>(event_class), kernel.lane(name),
                      [&actual, key] { actual.push_back(key); });
    }
    kernel.run();
    std::sort(expected.begin(), expected.end());
    RC_ASSERT(actual == expected);
  }));
}

}  // namespace ringback::sim
