#include "sim/peers/rules.h"

#include <catch2/catch.hpp>

#include "sim/faults/parse.h"

namespace ringback::sim {
namespace {

const Schedule& rules() {
  static const Schedule schedule = parse_schedule("rules.yaml", R"(
ringback: 1
answers:
  - when: {channel: "tool:crm.*", call: 2..3}
    body: "second"
  - when: {channel: "tool:crm.*", arguments: {name: "Ada", n: 1}}
    body: "ada"
  - when: {channel: model, after_tool_error: crm.lookup}
    say: "sorry"
)");
  return schedule;
}

const AnswerRule* find(const char* channel, std::uint64_t call, const char* arguments,
                       std::set<std::string> failing = {}) {
  const std::optional<std::size_t> found =
      find_rule(rules(), {.channel = channel, .call = call, .arguments = arguments, .failing_tools = failing});
  return found.has_value() ? &rules().answers[*found] : nullptr;
}

}  // namespace

TEST_CASE("the first rule that fits answers", "[peers]") {
  REQUIRE(find("tool:crm.lookup", 2, R"({"name":"Ada","n":1})")->body == "second");
  REQUIRE(find("tool:crm.lookup", 1, R"({"n":1.0,"more":true,"name":"Ada"})")->body == "ada");
}

TEST_CASE("a rule whose arguments are not all there does not fit", "[peers]") {
  REQUIRE(find("tool:crm.lookup", 1, R"({"name":"Ada"})") == nullptr);
  REQUIRE(find("tool:crm.lookup", 1, R"({"name":"Ada","n":2})") == nullptr);
  REQUIRE(find("tool:crm.lookup", 1, "not json") == nullptr);
  REQUIRE(find("tool:ehr.lookup", 2, "{}") == nullptr);
}

TEST_CASE("after_tool_error waits for that tool to fail", "[peers]") {
  REQUIRE(find("model", 0, "") == nullptr);
  REQUIRE(find("model", 0, "", {"ehr.lookup"}) == nullptr);
  REQUIRE(find("model", 0, "", {"crm.lookup"})->say == "sorry");
}

}  // namespace ringback::sim
