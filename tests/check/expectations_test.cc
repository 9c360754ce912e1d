#include "sim/check/expectations.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <catch2/catch.hpp>
#include <set>

#include "src/base/error.h"
#include "src/host/file.h"
#include "tests/support/golden.h"

namespace ringback::sim {
namespace {

std::string refusal(const std::string& properties, const std::string& head = "ringback: 1\n") {
  try {
    parse_expectations("call.yaml", head + properties);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST_CASE("expectations say what is asked") {
  const Expectations asked = parse_expectations("call.yaml", R"(ringback: 1
properties:
  - dead_air: {max: 3s}
  - first_audio: {p95: 1500ms}
  - ftl: {p95: 1.5s}
  - retries: {tool: "ehr.*", max: 3}
  - fallback: {within: 4s}
  - answered: {tool: "*"}
  - answered
  - ends_cleanly: {}
  - ends_cleanly
  - identical_requests: {max: 3}
)");
  CHECK(asked ==
        Expectations{.were_asked = true,
                     .properties = {DeadAir{seconds(3)}, FirstAudio{milliseconds(1500)}, FirstToken{milliseconds(1500)},
                                    Retries{"ehr.*", 3}, Fallback{seconds(4)}, Answered{"*"}, Answered{"*"},
                                    EndsCleanly{}, EndsCleanly{}, IdenticalRequests{3}}});
  CHECK(parse_expectations("again", to_yaml(asked)) == asked);
}

TEST_CASE("the defaults read back as what they are") {
  Expectations defaults = default_expectations();
  CHECK_FALSE(defaults.were_asked);
  defaults.were_asked = true;
  CHECK(parse_expectations("defaults", to_yaml(defaults)) == defaults);
}

TEST_CASE("each mistake is answered with its place and what was expected") {
  CHECK(refusal("properties:\n  - dead_ear: {max: 3s}\n") ==
        "call.yaml:3:5: expected a property (dead_air, first_audio, ftl, turn_latency, progress, fallback, recovery, "
        "answered, retries, identical_requests, exactly_once, effects_after_hang_up, unacknowledged_effects, "
        "stale_result, own_results, success_claimed, barge_in, talk_over, missed_barge_in, false_barge_in, cut_in, "
        "speaks, "
        "underruns, truncation, spoken_text, context_kept, tokens, ends_cleanly), found 'dead_ear' (did you mean "
        "'dead_air'?)");
  CHECK_THAT(refusal("properties:\n  - exactly_once: {key: slot_id}\n"),
             Catch::StartsWith("call.yaml:3:25: expected a path into the arguments, such as $.slot_id"));
  CHECK_THAT(refusal("properties:\n  - retries: {max: 1, by: modell}\n"),
             Catch::Contains("anyone, agent, sdk, model, found 'modell' (did you mean 'model'?)"));
  CHECK_THAT(refusal("properties:\n  - turn_latency\n"), Catch::Contains("expected turn_latency with end_of_turn"));
  CHECK_THAT(refusal("properties:\n  - success_claimed: {words: []}\n"), Catch::Contains("a list of 1 to 100 words"));
  CHECK_THAT(refusal("properties:\n  - speaks: {now: true}\n"), Catch::Contains("speaks takes nothing"));
  CHECK(refusal("properties:\n  - dead_air: {maxx: 3s}\n") ==
        "call.yaml:3:16: expected a key of `dead_air` (max), found 'maxx' (did you mean 'max'?)");
  CHECK(refusal("properties:\n  - dead_air: {}\n") == "call.yaml:3:15: expected 'max' in dead_air, found none");
  CHECK_THAT(refusal("properties:\n  - dead_air\n"), Catch::StartsWith("call.yaml:3:5: expected"));
  CHECK_THAT(refusal("properties:\n  - dead_air: {max: soon}\n"), Catch::StartsWith("call.yaml:3:21: "));
  CHECK_THAT(refusal("properties:\n  - retries: {max: -1}\n"), Catch::StartsWith("call.yaml:3:20: "));
  CHECK_THAT(refusal("properties:\n  - ends_cleanly: {now: true}\n"), Catch::StartsWith("call.yaml:3:19: expected {}"));
  CHECK_THAT(refusal("properties: []\n"), Catch::Contains("at least one property"));
  CHECK_THAT(refusal("propertys: []\n"), Catch::Contains("did you mean 'properties'?"));
  CHECK_THAT(refusal("properties:\n  - dead_air: {max: 3s}\n    ftl: {p95: 1s}\n"),
             Catch::StartsWith("call.yaml:3:5: expected a property"));
  CHECK_THAT(refusal("properties: [dead_air]\n", "ringback: 2\n"), Catch::Contains("1, the version of this format"));
  CHECK_THAT(refusal("properties: [dead_air]\n", ""), Catch::Contains("'ringback'"));
}

TEST_CASE("the documentation's expectations are expectations, and name every property") {
  const Bytes page = host::read_whole("docs/properties.md");
  const std::string fence = "```yaml\n";
  const std::size_t begin = page.find(fence) + fence.size();
  const Expectations shown =
      parse_expectations("docs/properties.md", page.substr(begin, page.find("```", begin) - begin));
  std::set<std::size_t> kinds;
  for (const Property& property : shown.properties) kinds.insert(property.index());
  CHECK(kinds.size() == std::variant_size_v<Property>);
}

TEST_CASE("every property writes what it reads") {
  const Expectations asked = parse_expectations("call.yaml", R"(ringback: 1
properties:
  - turn_latency: {end_of_turn: 700ms, play_out: 1500ms}
  - progress: {within: 5s}
  - recovery: {within: 10s}
  - retries: {tool: "ehr.*", max: 0, by: model}
  - exactly_once: {tool: "booking.*", key: $.slot_id}
  - effects_after_hang_up
  - unacknowledged_effects: {tool: "booking.*"}
  - stale_result: {max_age: 10s}
  - own_results: {tool: "booking.*"}
  - success_claimed: {tool: "booking.*", words: [booked, "all \"set\""]}
  - barge_in: {stops_within: 300ms}
  - talk_over: {max: 0s}
  - missed_barge_in: {max: 0}
  - false_barge_in: {max: 1}
  - cut_in: {max: 200ms}
  - speaks
  - underruns: {max: 0}
  - truncation: {tolerance: 200ms}
  - spoken_text: {tolerance: 500ms}
  - context_kept: {turns: 4}
  - tokens: {max: 20000}
)");
  CHECK(parse_expectations("again", to_yaml(asked)) == asked);
  CHECK(to_text(asked.properties[0]) == "{end_of_turn: 700ms, play_out: 1.5s}");
  CHECK(to_text(asked.properties[3]) == R"({tool: "ehr.*", max: 0, by: model})");
  CHECK(std::get<SuccessClaimed>(asked.properties[9]).words.back() == "all \"set\"");
}

TEST_CASE("the schema of expectations is up to date, is JSON, and has every property", "[schema]") {
  expect_golden("docs/schema/expectations.schema.json", expectations_json_schema());
  const boost::json::value schema = boost::json::parse(expectations_json_schema());
  CHECK(schema.at("$defs").at("property").at("anyOf").as_array().size() >= std::variant_size_v<Property>);
}

TEST_CASE("no more than the greatest number of properties is read") {
  std::string many = "properties:\n";
  for (std::size_t i = 0; i < kPropertiesMax; ++i) many += "  - ends_cleanly\n";
  CHECK(refusal(many) == "accepted");
  CHECK_THAT(refusal(many + "  - ends_cleanly\n"), Catch::Contains("at most 1000 properties, found 1001"));
}

}  // namespace
}  // namespace ringback::sim
