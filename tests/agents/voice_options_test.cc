#include <catch2/catch.hpp>

#include "sim/agents/voice.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

VoiceOptions options_of(const char* text) { return parse_voice_options(AgentSpec::parse(text)); }

}  // namespace

TEST_CASE("the defaults are the agent that retries five times and gives up", "[agents]") {
  const VoiceOptions options = options_of("builtin:voice");
  REQUIRE(options.retries == 5);
  REQUIRE((options.backoff == milliseconds(200)));
  REQUIRE((options.timeout == seconds(4)));
  REQUIRE_FALSE(options.speaks_fallback);
}

TEST_CASE("every option is read", "[agents]") {
  const VoiceOptions options = options_of("builtin:voice?retries=0&backoff=1s&timeout=none&fallback=spoken");
  REQUIRE(options.retries == 0);
  REQUIRE((options.backoff == seconds(1)));
  REQUIRE_FALSE(options.timeout.has_value());
  REQUIRE(options.speaks_fallback);
  REQUIRE_FALSE(options.shares_budget);
  REQUIRE((options.model == ModelCare::trusted));
  const VoiceOptions others = options_of("builtin:voice?budget=call&model=watched");
  REQUIRE(others.shares_budget);
  REQUIRE((others.model == ModelCare::watched));
  REQUIRE((options_of("builtin:voice?model=stale").model == ModelCare::stale));
}

TEST_CASE("a wrong option says what there is", "[agents]") {
  REQUIRE_THROWS_WITH(options_of("builtin:voice?retrys=1"), Catch::Contains("did you mean 'retries'?"));
  REQUIRE_THROWS_WITH(options_of("builtin:voice?retries=many"), Catch::Contains("a number from 0 to 100"));
  REQUIRE_THROWS_WITH(options_of("builtin:voice?retries=101"), Catch::Contains("a number from 0 to 100"));
  REQUIRE_THROWS_WITH(options_of("builtin:voice?timeout=soon"), Catch::Contains("expected a time"));
  REQUIRE_THROWS_WITH(options_of("builtin:voice?timeout=2h"), Catch::Contains("at most 3600s"));
  REQUIRE_THROWS_WITH(options_of("builtin:voice?fallback=shout"), Catch::Contains("none or spoken"));
}

}  // namespace ringback::sim
