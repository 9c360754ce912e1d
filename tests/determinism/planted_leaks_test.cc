// The check is itself checked: agents that leak the real world into a run are caught, and the report names the event.
#include <chrono>
#include <map>
#include <memory>
#include <random>

#include <catch2/catch.hpp>

#include "sim/agents/port.h"
#include "sim/run/run.h"
#include "tests/support/run_twice.h"
#include "tests/support/typed_call.h"

namespace ringback::sim {
namespace {

// Answers the first typed turn with a word of its own, and hangs up.
class WordAgent : public Agent {
 public:
  Task<void> run(AgentWorld& world) override {
    for (;;) {
      std::optional<CallerInput> input = co_await world.caller.inbox().receive();
      if (!input.has_value()) break;
      if (!std::holds_alternative<CallerText>(*input)) continue;
      const std::string said = word(world);
      world.caller.send_text(said);
      break;
    }
  }

 protected:
  virtual std::string word(AgentWorld& world) = 0;
};

class HonestAgent final : public WordAgent {
  std::string word(AgentWorld& world) override {
    const RandomStream draws({.seed = world.seed, .domain = "agent", .entity = "honest", .purpose = "word"});
    return fmt::format("{} {}", draws.bits(0), world.kernel.now().ns());
  }
};

class WallClockAgent final : public WordAgent {
  std::string word(AgentWorld&) override {
    return fmt::format("{}", std::chrono::steady_clock::now().time_since_epoch().count());
  }
};

// Greets whoever stands first in a map that is ordered by address.
class PointerOrderAgent final : public WordAgent {
  std::string word(AgentWorld&) override {
    static std::vector<std::unique_ptr<int>> kept;  // addresses stay taken, so the next run gets others
    std::map<const int*, std::string> by_address;
    std::string order;
    for (int i = 0; i < 64; ++i) {
      kept.push_back(std::make_unique<int>(i));
      if (i % 3 == 0 && kept.size() > 5) kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(kept.size() / 2));
      by_address[kept.back().get()] = fmt::format("{},", i);
    }
    for (const auto& [address, name] : by_address) order += name;
    return order;
  }
};

class UnseededDrawAgent final : public WordAgent {
  std::string word(AgentWorld&) override { return fmt::format("{}", std::random_device{}()); }
};

std::optional<trace::TraceDifference> difference_of(Agent& agent) {
  const trace::Trace recording = testing::make_typed_call();
  const Schedule schedule;
  return testing::run_twice(
      [&] { return run_scenario({.recording = recording, .schedule = schedule, .is_lenient = true}, agent); });
}

template <class Leaky>
void require_caught() {
  Leaky agent;
  const std::optional<trace::TraceDifference> difference = difference_of(agent);
  REQUIRE(difference.has_value());
  // The first event that differs is the one that carries the leak, and the differing field is named.
  REQUIRE(difference->first->left->kind == trace::EventKind::text);
  REQUIRE(difference->first->left->direction == trace::Direction::from_agent);
  REQUIRE(difference->first->values.size() == 1);
  REQUIRE(difference->first->values[0].name == "text");
}

}  // namespace

TEST_CASE("an agent that keeps to virtual time and keyed draws runs twice the same", "[determinism]") {
  HonestAgent agent;
  REQUIRE_FALSE(difference_of(agent).has_value());
}

TEST_CASE("a planted read of the wall clock is caught", "[determinism]") { require_caught<WallClockAgent>(); }

TEST_CASE("a planted order of addresses is caught", "[determinism]") { require_caught<PointerOrderAgent>(); }

TEST_CASE("a planted unseeded draw is caught", "[determinism]") { require_caught<UnseededDrawAgent>(); }

}  // namespace ringback::sim
