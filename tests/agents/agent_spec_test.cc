#include "sim/agents/agent_spec.h"

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

}  // namespace ringback::sim
