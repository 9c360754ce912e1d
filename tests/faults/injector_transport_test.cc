// What the actions of the transport family make of connections to tools and models.
#include <catch2/catch.hpp>

#include "tests/faults/crossings.h"
#include "tests/faults/overlays.h"

namespace ringback::sim {
namespace {

using Fate = LinkVerdict::Fate;
using trace::Direction;
using trace::EventKind;

Sent request(std::uint32_t call) {
  Sent sent = answer(call, "");
  sent.event = trace::make_event({.channel = 3, .direction = Direction::from_agent, .exchange = call},
                                 trace::Request{.operation = "ehr", .body = "{}"});
  return sent;
}

Sent connect_at(VirtualTime at) {
  Sent sent = message(0, 0);
  sent.event = trace::make_event({.channel = 2, .direction = Direction::from_agent}, trace::Opened{.url = "wss://m"});
  sent.at = at;
  return sent;
}

Sent from_agent() {
  Sent sent = message(0, 0);
  sent.event.direction = Direction::from_agent;
  return sent;
}

std::string fates(std::string_view faults, const std::vector<Sent>& all) {
  const Schedule schedule = overlay(faults);
  std::string text;
  for (const LinkVerdict& verdict : judge_all(schedule, 0, all))
    text += verdict.fate == Fate::deliver ? 'd' : verdict.fate == Fate::drop ? '-' : 'X';
  return text;
}

LinkVerdict judge_one(std::string_view faults, const Sent& sent) {
  const Schedule schedule = overlay(faults);
  return judge_all(schedule, 0, {sent}).at(0);
}

TEST_CASE("a request that is reset or refused fails and does not reach the tool", "[injector]") {
  const std::vector<std::pair<const char*, const char*>> cases = {{"reset", "reset"},
                                                                  {"refuse", "refused"},
                                                                  {"dns_failure", "name not found"},
                                                                  {"tls_failure", "TLS handshake failed"}};
  for (const auto& [action, reason] : cases) {
    const LinkVerdict verdict = judge_one(fmt::format("- {{where: tool:ehr, do: {}}}", action), request(2));
    CHECK(verdict.fate == Fate::drop);
    REQUIRE(verdict.bounce.has_value());
    CHECK(verdict.bounce->exchange == 2);
    CHECK(verdict.bounce->direction == Direction::to_agent);
    CHECK(trace::body_of<trace::Failed>(*verdict.bounce).reason == reason);
    CHECK(judge_one(fmt::format("- {{where: tool:ehr, at: {{call: 1}}, do: {}}}", action), request(2)).intact());
    CHECK(judge_one(fmt::format("- {{where: tool:ehr, do: {}}}", action), answer(2, "{}")).intact());
  }
}

TEST_CASE("a request into a half-open connection or a black hole is never answered", "[injector]") {
  for (const char* action : {"half_open", "blackhole"}) {
    const LinkVerdict verdict = judge_one(fmt::format("- {{where: tool:ehr, do: {}}}", action), request(1));
    CHECK(verdict.fate == Fate::drop);
    CHECK_FALSE(verdict.bounce.has_value());
  }
}

TEST_CASE("a lost reply is a failed call whose request arrived", "[injector]") {
  const char* faults = "- {where: tool:ehr, do: drop_reply}";
  CHECK(judge_one(faults, request(1)).intact());
  const LinkVerdict verdict = judge_one(faults, answer(1, "{}"));
  CHECK(trace::body_of<trace::Failed>(verdict.replacement.value()).reason == "closed before the answer");
}

TEST_CASE("a model's lost reply closes the connection in place of the response's first event", "[injector]") {
  std::vector<Sent> all = {message(0, 0)};
  for (const Sent& sent : response(1, 2)) all.push_back(sent);
  CHECK(fates("- {where: model, do: drop_reply}", all) == "dXddd");
}

TEST_CASE("a session is refused when it is opened, and only then", "[injector]") {
  for (const char* action : {"refuse", "dns_failure", "tls_failure"}) {
    const std::string faults = fmt::format("- {{where: model, at: {{occurrence: 1}}, do: {}}}", action);
    CHECK(fates(faults, {connect_at({}), message(0, 0), connect_at({}), from_agent()}) == "-ddd");
    const LinkVerdict verdict = judge_one(faults, connect_at({}));
    REQUIRE(verdict.bounce.has_value());
    CHECK(trace::body_of<trace::Closed>(*verdict.bounce).code == 1006);
  }
}

TEST_CASE("a half-open session swallows what the agent sends until it is opened anew", "[injector]") {
  const std::vector<Sent> all = {connect_at({}), message(1, 0),  from_agent(),
                                 message(1, 1),  connect_at({}), from_agent()};
  CHECK(fates("- {where: model, at: {response: 1}, do: half_open}", all) == "dd-ddd");
  CHECK(fates("- {where: model, do: half_open}", all) == "dd-dd-");
}

TEST_CASE("a black hole swallows both directions, and the connection itself where nothing says when", "[injector]") {
  const std::vector<Sent> all = {connect_at({}), message(1, 0), from_agent(), message(1, 1), connect_at({})};
  CHECK(fates("- {where: model, at: {response: 1}, do: blackhole}", all) == "d---d");
  CHECK(fates("- {where: model, do: blackhole}", all) == "-----");
}

TEST_CASE("a black hole with a window is over with it", "[injector]") {
  std::vector<Sent> all = {message(0, 0), message(0, 0), message(0, 0), message(0, 0)};
  for (std::size_t i = 0; i < all.size(); ++i) all[i].at = VirtualTime() + seconds(static_cast<std::int64_t>(i));
  CHECK(fates("- {where: model, at: {time: 1s, for: 2s}, do: blackhole}", all) == "d--d");
}

TEST_CASE("a throttled line carries so many octets a second, one event after the other", "[injector]") {
  const Schedule schedule = overlay("- {where: model, do: {throttle: 100B/s}}");
  const Bytes text(50, 'x');
  std::vector<Sent> all = {message(1, 0, text), message(1, 1, text), message(1, 2, text)};
  all[2].at = VirtualTime() + seconds(3);
  const std::vector<LinkVerdict> verdicts = judge_all(schedule, 0, all);
  CHECK(verdicts[0].delay == milliseconds(500));
  CHECK(verdicts[1].delay == milliseconds(1'000));
  CHECK(verdicts[2].delay == milliseconds(500));
}

TEST_CASE("a connection that is opened anew does not wait behind what was lost with the one before", "[injector]") {
  const Schedule schedule = overlay("- {where: model, do: {throttle: 100B/s}}");
  const Bytes text(50, 'x');
  const std::vector<LinkVerdict> verdicts = judge_all(
      schedule, 0, {connect_at({}), message(1, 0, text), message(1, 1, text), connect_at({}), message(2, 0, text)});
  CHECK(verdicts[2].delay == milliseconds(1'000));
  CHECK(verdicts[4].delay == milliseconds(500));
}

TEST_CASE("each direction and each call of a tool has a line of its own", "[injector]") {
  const Schedule schedule = overlay("- {where: tool:ehr, do: {throttle: 2B/s}}");
  for (const LinkVerdict& verdict : judge_all(schedule, 0, {request(1), answer(1, "{}"), request(2)}))
    CHECK(verdict.delay == seconds(1));
}

}  // namespace
}  // namespace ringback::sim
