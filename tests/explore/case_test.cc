#include "sim/explore/case.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "sim/explore/json_change.h"
#include "src/base/error.h"
#include "tests/faults/any_schedule.h"
#include "tests/support/typed_call.h"

namespace ringback::sim {
namespace {

Mutation draw_mutation() {
  const auto names = mutation_names();
  return {.name = *rc::gen::elementOf(std::vector<MutationName>(names.begin(), names.end())),
          .channel = *rc::gen::elementOf(std::vector<std::string>{"caller.audio", "tool:crm.lookup", "model"}),
          .at = *rc::gen::inRange<std::uint64_t>(0, 5000),
          .count = *rc::gen::inRange<std::uint64_t>(0, kMutationCountMax + 1),
          .value = *rc::gen::elementOf(std::vector<std::string>{"", "5", "null /id", "drop /a~1b/0"})};
}

std::string response_of(const trace::Trace& trace) {
  for (const trace::Event& event : trace.events) {
    if (event.kind == trace::EventKind::response) return trace::body_of<trace::Response>(event).body;
  }
  return "";
}

}  // namespace

TEST_CASE("a case that is written reads back as equal", "[case]") {
  const bool holds = rc::check([] {
    Case one{.schedule = draw_schedule(),
             .reaction = *rc::gen::elementOf(std::vector<Reaction>(kReactions.begin(), kReactions.end())),
             .seed = *rc::gen::arbitrary<Seed>()};
    const auto mutations = *rc::gen::inRange<std::size_t>(0, 4);
    for (std::size_t i = 0; i < mutations; ++i) one.mutations.push_back(draw_mutation());
    RC_ASSERT(parse_case("case.yaml", to_text(one)) == one);
  });
  REQUIRE(holds);
}

TEST_CASE("a case that cannot be is refused with its line", "[case]") {
  const auto message_of = [](const std::string& text) -> std::string {
    try {
      parse_case("case.yaml", text);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  CHECK(message_of("# reaction: apologize\nringback: 1\n").find("case.yaml:1") == 0);
  CHECK(message_of("# reaction: apologize\nringback: 1\n").find("apologise") != std::string::npos);
  CHECK(message_of("ringback: 1\n# seed: -4\n").find("case.yaml:2: expected a seed, found '-4'") == 0);
  CHECK(message_of("# mutation: silense caller.audio 1 2\nringback: 1\n").find("did you mean 'silence'") !=
        std::string::npos);
  CHECK(message_of("# mutation: silence caller.audio 1 100001\nringback: 1\n").find("up to 100000") !=
        std::string::npos);
  CHECK(message_of("# mutation: silence\nringback: 1\n").find("expected a channel") != std::string::npos);
}

TEST_CASE("parts of a case are its faults and then its mutations", "[case]") {
  Case whole;
  whole.schedule.faults = {{.id = "a", .where = "model"}, {.id = "b", .where = "model"}};
  whole.mutations = {{.name = MutationName::cut, .channel = "caller.audio"},
                     {.name = MutationName::swap, .channel = "caller.audio"}};
  REQUIRE(part_count(whole) == 4);
  const Case part = with_parts(whole, {1, 2});
  REQUIRE(part.schedule.faults.size() == 1);
  CHECK(part.schedule.faults.front().id == "b");
  REQUIRE(part.mutations.size() == 1);
  CHECK(part.mutations.front().name == MutationName::cut);
}

TEST_CASE("each change of a JSON text makes its own", "[mutation]") {
  const Bytes text = R"({"a":{"b":"x"},"list":[1,2]})";
  CHECK(changed_json(text, "null", "/a/b") == R"({"a":{"b":null},"list":[1,2]})");
  CHECK(changed_json(text, "drop", "/a/b") == R"({"a":{},"list":[1,2]})");
  CHECK(changed_json(text, "drop", "/list/0") == R"({"a":{"b":"x"},"list":[2]})");
  CHECK(changed_json(text, "extra", "/list") == R"({"a":{"b":"x"},"list":[1,2,1]})");
  CHECK(changed_json(text, "extra", "/a") == R"({"a":{"b":"x","unexpected":true},"list":[1,2]})");
  CHECK(changed_json(text, "retype", "/a/b") == R"({"a":{"b":7},"list":[1,2]})");
  CHECK(changed_json(text, "retype", "/list/1") == R"({"a":{"b":"x"},"list":[1,"2"]})");
  CHECK(changed_json(text, "empty", "/list") == R"({"a":{"b":"x"},"list":[]})");
  CHECK(changed_json(text, "long", "/a/b").size() > kLongTextOctets);
  CHECK(changed_json(text, "latin1", "/a/b") == "{\"a\":{\"b\":\"x\xE9\"},\"list\":[1,2]}");
  CHECK(changed_json(text, "null", "/nowhere") == text);
  CHECK(changed_json("no json", "null", "") == "no json");
  CHECK(json_places(text) == std::vector<std::string>{"", "/a", "/a/b", "/list", "/list/0", "/list/1"});
  CHECK(json_places("{").empty());
}

TEST_CASE("a tool's answer is changed in its call alone, and comes later when it is told to", "[mutation]") {
  const trace::Trace call = testing::make_typed_call();
  const auto changed = [&](const Mutation& mutation) { return mutated(call, std::vector<Mutation>{mutation}); };
  const Mutation null_id{.name = MutationName::result, .channel = "tool:crm.lookup", .at = 1, .value = "null /id"};
  CHECK(response_of(changed(null_id)) == R"({"id":null})");
  Mutation elsewhere = null_id;
  elsewhere.at = 2;
  CHECK(changed(elsewhere).events == call.events);
  elsewhere = null_id;
  elsewhere.channel = "tool:nobody";
  CHECK(changed(elsewhere).events == call.events);

  const trace::Trace late =
      changed({.name = MutationName::latency, .channel = "tool:crm.lookup", .at = 1, .count = 10});
  VirtualTime asked;
  VirtualTime answered;
  VirtualTime last;
  for (const trace::Event& event : late.events) {
    CHECK(event.at >= last);
    last = event.at;
    if (event.kind == trace::EventKind::request) asked = event.at;
    if (event.kind == trace::EventKind::response) answered = event.at;
  }
  CHECK(((answered - asked) == seconds(3)));
}

TEST_CASE("a token that is split says the same in two", "[mutation]") {
  const trace::Trace call = testing::make_typed_call();
  // The typed call does not number its responses.
  trace::Trace numbered;
  for (trace::Event event : call.events) {
    if (event.kind == trace::EventKind::message) event.exchange = 1;
    numbered.add(event);
  }
  const auto tokens = [](const trace::Trace& trace) {
    std::vector<std::string> all;
    for (const trace::Event& event : trace.events) {
      if (event.kind != trace::EventKind::message || event.direction != trace::Direction::to_agent) continue;
      const wire::RealtimeFrame frame = wire::parse_realtime(trace::body_of<trace::Message>(event).text);
      if (wire::is_token(frame)) all.push_back(frame.delta);
    }
    return all;
  };
  const trace::Trace split = mutated(
      numbered, std::vector<Mutation>{{.name = MutationName::split_token, .channel = "model", .at = 1, .count = 3}});
  CHECK(tokens(numbered) == std::vector<std::string>{R"({"name":)", R"("Ada"})", "Found ", "Ada."});
  CHECK(tokens(split) == std::vector<std::string>{R"({"name":)", R"("Ada"})", "Fou", "nd ", "Ada."});
}

}  // namespace ringback::sim
