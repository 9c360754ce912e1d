#include "sim/explore/conversation_states.h"

#include <catch2/catch.hpp>

#include "src/base/error.h"

namespace ringback::sim {
namespace {

VirtualTime at(std::int64_t ms) { return VirtualTime() + milliseconds(ms); }

using States = ConversationStates;

std::vector<std::string> states_of(const Timeline& timeline) {
  std::vector<std::string> found;
  const States states(timeline);
  for (const States::State& state : states.states())
    found.push_back(fmt::format("{}: {}", to_text(state.since.since_start()), state.bits));
  return found;
}

}  // namespace

TEST_CASE("a state is what is under way, until something of it ends", "[states]") {
  Timeline timeline;
  timeline.caller = {{.begin = at(100), .end = at(500)}};
  timeline.agent = {{.begin = at(400), .end = at(900)}};
  timeline.calls = {{.opened = at(450), .answered = at(700)}};
  CHECK(states_of(timeline) ==
        std::vector<std::string>{"100ms: 1", "400ms: 3", "450ms: 11", "500ms: 10", "700ms: 2", "900ms: 0"});
  CHECK(States(timeline).at(at(99)) == 0);
  CHECK(States(timeline).at(at(100)) == States::caller_speaks);
  CHECK(States(timeline).at(at(2000)) == 0);
}

TEST_CASE("two of a kind are one state, what happens at one moment is no state, and what never ends goes on",
          "[states]") {
  Timeline timeline;
  timeline.tools = {{.requested = at(100), .ended = at(300)}, {.requested = at(200)}};
  timeline.responses = {{.created = at(250), .done = at(250)}};
  CHECK(states_of(timeline) == std::vector<std::string>{"100ms: 16"});
  CHECK(States(timeline).at(at(9000)) == States::tool_is_asked);
  CHECK(states_of({}).empty());
}

}  // namespace ringback::sim
