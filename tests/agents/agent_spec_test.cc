#include "sim/agents/agent_kind.h"

#include <catch2/catch.hpp>

#include "src/base/error.h"

namespace ringback::sim {

TEST_CASE("an agent is named with options as in a URL", "[agents]") {
  const AgentSpec spec = AgentSpec::parse("builtin:voice?retries=5&fallback=none");
  REQUIRE(spec.name() == "voice");
  REQUIRE(spec.options() == std::map<std::string, std::string>{{"retries", "5"}, {"fallback", "none"}});
  REQUIRE(AgentSpec::parse("builtin:chat").options().empty());
}

TEST_CASE("what is no agent is refused with what was expected", "[agents]") {
  REQUIRE_THROWS_WITH(AgentSpec::parse("voice"), Catch::Contains("expected builtin:NAME"));
  REQUIRE_THROWS_WITH(AgentSpec::parse("builtin:voice?retries"), Catch::Contains("expected OPTION=VALUE"));
  REQUIRE_THROWS_WITH(AgentSpec::parse("builtin:voice?=1"), Catch::Contains("expected OPTION=VALUE"));
  REQUIRE_THROWS_WITH(AgentSpec::parse("builtin:voice?a=1&a=2"), Catch::Contains("given twice"));
  REQUIRE_THROWS_AS(AgentSpec::parse(std::string(5000, 'x')), Error);
}

TEST_CASE("options are read by name, and what nobody asked for is refused", "[agents]") {
  const AgentSpec spec = AgentSpec::parse("own:desk?retries=3&wait=2s&limit=none&mood=calm&typo=1");
  REQUIRE(spec.family() == AgentFamily::own);
  REQUIRE(spec.label() == "own:desk");
  AgentOptions options(spec);
  REQUIRE(options.count("retries", {.otherwise = 1, .max = 9}) == 3);
  REQUIRE(options.count("times", {.otherwise = 1, .max = 9}) == 1);
  REQUIRE((options.time("wait", seconds(1)) == seconds(2)));
  REQUIRE_FALSE(options.time_or_none("limit", seconds(1)).has_value());
  REQUIRE(options.word("mood", {"brisk", "calm"}) == "calm");
  REQUIRE(options.word("tone", {"brisk", "calm"}) == "brisk");
  REQUIRE_THROWS_WITH(options.finish(), Catch::Contains("own:desk has no option 'typo'"));
  REQUIRE_THROWS_WITH(options.word("mood", {"brisk", "slow"}), Catch::Contains("expected brisk or slow"));
}

namespace {

class Silent final : public Agent {
 public:
  Task<void> run(AgentWorld&) override { co_return; }
};

std::unique_ptr<Agent> make_silent(const AgentSpec&) { return std::make_unique<Silent>(); }

}  // namespace

TEST_CASE("an agent of the program's own is made by its name, and the builtin ones stay", "[agents]") {
  const std::vector<AgentKind> own = {{.name = "desk", .summary = "a desk", .make = make_silent}};
  REQUIRE(dynamic_cast<Silent*>(make_agent(AgentSpec::parse("own:desk"), own).get()) != nullptr);
  REQUIRE(make_agent(AgentSpec::parse("builtin:voice"), own) != nullptr);
  REQUIRE_THROWS_WITH(make_agent(AgentSpec::parse("own:desc"), own), Catch::Contains("did you mean 'own:desk'?"));
  REQUIRE_THROWS_WITH(make_agent(AgentSpec::parse("own:x"), {}), Catch::Contains("there is no agent 'own:x'"));
  REQUIRE_THAT(agents_help(own), Catch::Contains("  own:desk ") && Catch::Contains(" a desk\n"));
}

TEST_CASE("kinds of agents that cannot be are refused", "[agents]") {
  const auto refused = [](std::vector<AgentKind> own) {
    try {
      check_agent_kinds(own);
    } catch (const Error&) {
      return true;
    }
    return false;
  };
  REQUIRE_FALSE(refused({{.name = "desk", .make = make_silent}, {.name = "desk-2", .make = make_silent}}));
  REQUIRE(refused({{.name = "", .make = make_silent}}));
  REQUIRE(refused({{.name = "Desk", .make = make_silent}}));
  REQUIRE(refused({{.name = "desk", .make = nullptr}}));
  REQUIRE(refused({{.name = "desk", .make = make_silent}, {.name = "desk", .make = make_silent}}));
}

}  // namespace ringback::sim
