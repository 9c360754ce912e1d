// Two traces side by side: where they part, in what, and what came before.
#include <catch2/catch.hpp>

#include "src/trace/diff.h"
#include "tests/trace/sample_traces.h"

namespace ringback::trace {
namespace {

constexpr std::size_t kResponseEvent = 10;  // of small_call: three declarations, five frames, a message, a request

Trace with_events(const Trace& like, std::vector<Event> events) {
  Trace trace;
  trace.metadata = like.metadata;
  for (Event& event : events) trace.add(std::move(event));
  return trace;
}

TEST_CASE("equal traces do not differ, whatever their metadata say") {
  Trace other = small_call();
  other.metadata = {{"seed", "9"}};
  const TraceDifference difference = diff(small_call(), other);
  CHECK(difference.equal());
  CHECK(to_text(difference, {"a", "b"}) == "the same 12 events\n");
}

TEST_CASE("the first event that differs is named with the fields that differ and what came before on its channel") {
  const Trace call = small_call();
  std::vector<Event> events = call.events.all();
  events[kResponseEvent] = make_event({.at = events[kResponseEvent].at + milliseconds(5),
                                       .channel = events[kResponseEvent].channel,
                                       .direction = Direction::to_agent,
                                       .exchange = 1},
                                      Response{.status = 200, .body = "{}"});
  const TraceDifference difference = diff(call, with_events(call, events));
  REQUIRE(difference.first.has_value());
  CHECK(difference.first->number == kResponseEvent);
  REQUIRE(difference.first->values.size() == 2);
  CHECK(difference.first->values[0].name == "at");
  CHECK(difference.first->values[0].left->value == "90ms");
  CHECK(difference.first->values[0].right->value == "95ms");
  CHECK(difference.first->values[1].name == "body");
  CHECK(difference.first->values[1].left->value == "{not-json");
  CHECK(difference.first->values[1].right->value == "{}");
  REQUIRE(difference.first->context.size() == 1);
  CHECK(difference.first->context[0].number == kResponseEvent - 1);
}

TEST_CASE("a trace that ends before the other differs where it ends") {
  const Trace call = small_call();
  std::vector<Event> events = call.events.all();
  events.pop_back();
  const TraceDifference difference = diff(call, with_events(call, events));
  REQUIRE(difference.first.has_value());
  CHECK(difference.first->number == call.events.size() - 1);
  CHECK(difference.first->left.has_value());
  CHECK_FALSE(difference.first->right.has_value());
  CHECK(difference.left_events == difference.right_events + 1);
  CHECK_THAT(to_text(difference, {"a", "b"}), Catch::Contains("(the trace ends)"));
}

TEST_CASE("channels are counted by name on both sides") {
  const Trace call = small_call();
  Trace other;
  const ChannelId model = other.declare({.kind = ChannelKind::model, .name = "model"});
  other.add(make_event({.channel = model}, Message{.text = "x"}));
  const TraceDifference difference = diff(call, other);
  REQUIRE(difference.channels.size() == 4);
  CHECK(difference.channels[0].name == "control");
  CHECK(difference.channels[0].left == 3);
  CHECK(difference.channels[0].right == 1);
  CHECK(difference.channels[1].name == "caller.audio");
  CHECK(difference.channels[1].right == 0);
  CHECK(difference.channels[2].name == "model");
  CHECK(difference.channels[2].left == 2);
  CHECK(difference.channels[2].right == 1);
}

TEST_CASE("files differ as the traces in them do") {
  const Trace call = small_call();
  std::vector<Event> events = call.events.all();
  events[4].origin = Origin::stub;
  const Bytes left = file_of(call.events.all(), {}, {.chunk_events = 3});
  const Bytes right = file_of(events);
  MemorySource left_source("left.rbt", left);
  MemorySource right_source("right.rbt", right);
  const TraceDifference difference = diff(left_source, right_source);
  REQUIRE(difference.first.has_value());
  CHECK(difference.first->number == 4);
  REQUIRE(difference.first->values.size() == 1);
  CHECK(difference.first->values[0].name == "origin");
}

TEST_CASE("two long values are shown around the place where they part") {
  Trace left;
  const ChannelId model = left.declare({.kind = ChannelKind::model, .name = "model"});
  Trace right = left;
  left.add(make_event({.channel = model}, Message{.text = Bytes(5000, 'a') + "left"}));
  right.add(make_event({.channel = model}, Message{.text = Bytes(5000, 'a') + "right"}));
  const std::string text = to_text(diff(left, right), {"left", "right"});
  CHECK_THAT(text, Catch::Contains("aaaleft (from octet 4984)") && Catch::Contains("aaaright (from octet 4984)"));
  CHECK(text.size() < 1500);
}

TEST_CASE("octets that are no text are shown escaped and cut") {
  CHECK(to_line(Bytes("a\n\"\x01\xff", 5), 40) == "a\\n\\\"\\x01\\xff");
  CHECK(to_line("abcdefgh", 6) == "abc...");
}

}  // namespace
}  // namespace ringback::trace
