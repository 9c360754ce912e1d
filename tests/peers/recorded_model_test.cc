#include "sim/peers/recorded_model.h"

#include <catch2/catch.hpp>

#include "tests/support/typed_call.h"

namespace ringback::sim {
namespace {

RecordedModel read(const trace::Trace& recording) {
  return read_recorded_model(recording, *recording.channels.find("model"));
}

std::vector<wire::RealtimeType> types_of(const Script& script) {
  std::vector<wire::RealtimeType> types;
  for (const TimedFrame& frame : script) types.push_back(frame.type);
  return types;
}

}  // namespace

TEST_CASE("each frame of the server is filed under what made the server send it", "[peers]") {
  using Type = wire::RealtimeType;
  const RecordedModel model = read(testing::make_typed_call());
  REQUIRE(model.sessions.size() == 1);
  const RecordedSession& session = model.sessions.front();
  CHECK(types_of(session.on_connect) == std::vector{Type::session_created});
  CHECK((session.on_connect[0].after == milliseconds(50)));
  REQUIRE(session.on_session_update.size() == 1);
  CHECK((session.on_session_update[0].at(0).after == milliseconds(30)));
  REQUIRE(session.on_item_create.size() == 2);
  CHECK(types_of(session.on_item_create[0]) == std::vector{Type::item_added});
  CHECK(session.on_item_create[1].empty());
  REQUIRE(model.responses.size() == 2);
  CHECK((model.responses[0].frames.front().after == milliseconds(205)));
  CHECK(model.responses[0].frames.back().type == Type::response_done);
  CHECK(types_of(model.responses[1].frames).size() == 5);
  CHECK_FALSE(model.responses[0].key == model.responses[1].key);
  CHECK_FALSE(model.speaks_first);
  CHECK_FALSE(model.settings.speaks);
  CHECK(model.session == R"({"type":"realtime","output_modalities":["text"]})");
}

TEST_CASE("a message that is no Realtime frame is refused with the event's number", "[peers]") {
  trace::Trace recording = testing::make_typed_call();
  recording.add(
      trace::make_event({.at = VirtualTime() + seconds(9), .channel = 2, .direction = trace::Direction::to_agent},
                        trace::Message{"{not-json"}));
  REQUIRE_THROWS_WITH(read(recording),
                      Catch::Contains(fmt::format("event {} on channel 'model'", recording.events.size())));
}

TEST_CASE("times that run backwards are noticed and never make a frame come before its cause", "[peers]") {
  trace::Trace recording = testing::make_typed_call();
  trace::Event early = recording.events[6];
  early.at = VirtualTime();
  recording.events.replace(6, early);
  const RecordedModel model = read(recording);
  REQUIRE(model.notices.size() == 1);
  for (const RecordedResponse& response : model.responses) {
    for (const TimedFrame& frame : response.frames) REQUIRE((frame.after >= Duration()));
  }
}

}  // namespace ringback::sim
