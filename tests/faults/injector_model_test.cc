// What the actions of the model family make of the events of a stream.
#include <catch2/catch.hpp>

#include "src/wire/realtime.h"
#include "tests/faults/crossings.h"
#include "tests/faults/overlays.h"

namespace ringback::sim {
namespace {

using Fate = LinkVerdict::Fate;

// A response as the protocol has it: created, two tokens of text, done. `after` apart in time.
std::vector<Sent> spoken(std::uint32_t number, Duration after = Duration()) {
  const std::string id = fmt::format("resp_{}", number);
  const wire::RealtimePlace place{.event_id = "e", .response_id = id, .item_id = "i"};
  std::vector<Sent> all = {message(number, 0, wire::response_created("e", id).text),
                           message(number, 1, wire::text_delta(place, "Found ").text),
                           message(number, 2, wire::text_delta(place, "Ada.").text),
                           message(number, 0, wire::response_done("e", id, "completed", "").text)};
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].at = VirtualTime() + seconds(1) + after * static_cast<std::int64_t>(i);
    all[i].event_number = i + 1;
  }
  return all;
}

std::vector<LinkVerdict> verdicts_of(std::string_view faults, const std::vector<Sent>& all) {
  const Schedule schedule = overlay(faults);
  return judge_all(schedule, 0, all);
}

wire::RealtimeFrame frame_in(const LinkVerdict& verdict) {
  return wire::parse_realtime(trace::body_of<trace::Message>(verdict.replacement.value()).text);
}

TEST_CASE("an event is dropped or comes twice, and its neighbours are as they were", "[injector]") {
  const auto dropped = verdicts_of("- {where: model, at: {response: 1, token: 2}, do: drop_event}", spoken(1));
  const auto doubled = verdicts_of("- {where: model, at: {response: 1, token: 2}, do: duplicate_event}", spoken(1));
  for (const std::size_t i : {0u, 1u, 3u}) {
    CHECK(dropped[i].intact());
    CHECK(doubled[i].intact());
  }
  CHECK(dropped[2].fate == Fate::drop);
  CHECK(doubled[2].copies == 2);
}

TEST_CASE("a slow stream comes as many times as late as it was after its first event", "[injector]") {
  const auto verdicts = verdicts_of("- {where: model, do: {slow: {factor: 5/2}}}", spoken(1, milliseconds(100)));
  CHECK(verdicts[0].intact());
  CHECK(verdicts[1].delay == milliseconds(150));
  CHECK(verdicts[2].delay == milliseconds(300));
  CHECK(verdicts[3].delay == milliseconds(450));
}

TEST_CASE("the slowest stream is late by the longest time and no more", "[injector]") {
  const auto verdicts =
      verdicts_of("- {where: model, do: {slow: {factor: 18446744073709551615}}}", spoken(1, seconds(90'000)));
  CHECK(verdicts[3].delay == kScheduleTimeMax);
}

TEST_CASE("a corrupted event is delivered and is no frame", "[injector]") {
  const auto verdicts = verdicts_of("- {where: model, at: {token: 1}, do: corrupt}", spoken(1));
  CHECK(verdicts[1].fate == Fate::deliver);
  CHECK_THROWS_AS(frame_in(verdicts[1]), Error);
  CHECK(verdicts[2].intact());
}

TEST_CASE("an event waits for the next one, which does not wait itself", "[injector]") {
  const auto verdicts = verdicts_of("- {where: model, do: reorder}", spoken(1));
  CHECK(verdicts[0].fate == Fate::hold);
  CHECK(verdicts[1].intact());
  CHECK(verdicts[2].fate == Fate::hold);
  CHECK(verdicts[3].intact());
}

TEST_CASE("a rate limit lets the announcement through and ends the response", "[injector]") {
  const auto verdicts = verdicts_of("- {where: model, do: rate_limit}", spoken(3));
  CHECK(verdicts[0].intact());
  const wire::RealtimeFrame failed = frame_in(verdicts[1]);
  CHECK(failed.type == wire::RealtimeType::response_done);
  CHECK(failed.response_id == "resp_3");
  CHECK(failed.code == "rate_limit_exceeded");
  CHECK(verdicts[2].fate == Fate::drop);
  CHECK(verdicts[3].fate == Fate::drop);
}

TEST_CASE("an error takes the place of its event, and the response ends as failed", "[injector]") {
  const auto verdicts =
      verdicts_of("- {where: model, at: {token: 2}, do: {error_event: {code: server_error}}}", spoken(1));
  CHECK(verdicts[1].intact());
  CHECK(frame_in(verdicts[2]).type == wire::RealtimeType::error);
  CHECK(frame_in(verdicts[2]).code == "server_error");
  REQUIRE(verdicts[2].followers.size() == 1);
  CHECK(wire::parse_realtime(trace::body_field(verdicts[2].followers[0].body, 1)).status == "failed");
  CHECK(verdicts[3].fate == Fate::drop);
}

TEST_CASE("an error outside of a response is that one event", "[injector]") {
  const auto verdicts = verdicts_of("- {where: model, at: {event: 1}, do: {error_event: {code: session_expired}}}",
                                    {message(0, 0, wire::session_created("e", "{}").text)});
  CHECK(frame_in(verdicts[0]).code == "session_expired");
  CHECK(verdicts[0].followers.empty());
}

TEST_CASE("tool calls are altered from the first that matches on, and only there", "[injector]") {
  const wire::RealtimePlace place{.event_id = "e", .response_id = "r", .item_id = "i"};
  const std::vector<Sent> all = {
      message(1, 0, wire::response_created("e", "r").text),
      message(1, 1, wire::function_call_arguments_delta(place, "c", R"({"name":"Ada"})").text),
      message(1, 0, wire::function_call_arguments_done(place, "c", "lookup", R"({"name":"Ada"})").text)};
  const auto malformed = verdicts_of("- {where: model, at: {response: 1}, do: malformed_tool_call}", all);
  CHECK(malformed[0].intact());
  CHECK(frame_in(malformed[1]).delta == R"({"name")");
  CHECK(frame_in(malformed[2]).arguments == R"({"name")");
  const auto unknown = verdicts_of("- {where: model, at: {response: 1}, do: unknown_tool_call}", all);
  CHECK(unknown[1].intact());
  CHECK(frame_in(unknown[2]).name == "no_such_tool");
  const auto other = verdicts_of("- {where: model, at: {response: 2}, do: unknown_tool_call}", all);
  for (const LinkVerdict& verdict : other) CHECK(verdict.intact());
}

TEST_CASE("the agent's own events are no part of a model stream's faults", "[injector]") {
  Sent sent = message(0, 0, wire::response_create().text);
  sent.event.direction = trace::Direction::from_agent;
  for (const char* action : {"corrupt", "drop_event", "duplicate_event", "reorder", "rate_limit"}) {
    CHECK(verdicts_of(fmt::format("- {{where: model, do: {}}}", action), {sent})[0].intact());
  }
}

}  // namespace
}  // namespace ringback::sim
