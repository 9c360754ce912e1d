// A small recording of a typed conversation with one tool call, made by hand.
//
//   user: "find Ada"  ->  model calls lookup({"name":"Ada"})  ->  tool answers after 300 ms  ->  model: "Found Ada."
#pragma once

#include "src/trace/trace.h"
#include "src/wire/realtime.h"

namespace ringback::testing {

inline constexpr const char* kTypedAnswer = "Found Ada.";

inline trace::Trace make_typed_call() {
  using trace::Direction;
  trace::Trace trace;
  const auto caller = trace.declare({.kind = trace::ChannelKind::caller, .name = "caller"});
  const auto model = trace.declare({.kind = trace::ChannelKind::model,
                                    .name = "model",
                                    .encoding = "openai-realtime",
                                    .url = "wss://model.example"});
  const auto tool = trace.declare({.kind = trace::ChannelKind::tool, .name = "tool:crm.lookup"});
  VirtualTime now;
  const auto message = [&](Direction direction, const wire::RealtimeFrame& frame, Duration after) {
    now += after;
    trace.add(trace::make_event({.at = now, .channel = model, .direction = direction}, trace::Message{frame.text}));
  };
  const auto server = [&](const wire::RealtimeFrame& frame, Duration after = milliseconds(5)) {
    message(Direction::to_agent, frame, after);
  };
  const auto client = [&](const wire::RealtimeFrame& frame) { message(Direction::from_agent, frame, Duration()); };
  const std::string session = R"({"type":"realtime","output_modalities":["text"]})";

  trace.add(trace::make_event({.at = now, .channel = caller, .direction = Direction::to_agent}, trace::CallStarted{}));
  trace.add(trace::make_event({.at = now, .channel = model, .direction = Direction::from_agent},
                              trace::Opened{"wss://model.example"}));
  server(wire::session_created("event_1", session), milliseconds(50));
  client(wire::session_update(session));
  server(wire::session_updated("event_2", session), milliseconds(30));
  now += milliseconds(920);
  trace.add(
      trace::make_event({.at = now, .channel = caller, .direction = Direction::to_agent}, trace::Text{"find Ada"}));
  client(wire::create_user_text("find Ada"));
  client(wire::response_create());
  server(wire::item_added("event_3", "",
                          {.id = "item_1", .role = "user", .part_type = "input_text", .transcript = "find Ada"}));
  server(wire::response_created("event_4", "resp_1"), milliseconds(200));
  const wire::RealtimePlace place{.event_id = "event_5", .response_id = "resp_1", .item_id = "item_2"};
  const wire::RealtimeItem call{
      .id = "item_2", .type = "function_call", .name = "lookup", .call_id = "call_1", .arguments = R"({"name":"Ada"})"};
  server(wire::output_item_added(place, call));
  server(wire::function_call_arguments_delta(place, "call_1", R"({"name":)"));
  server(wire::function_call_arguments_delta(place, "call_1", R"("Ada"})"));
  server(wire::function_call_arguments_done(place, "call_1", "lookup", R"({"name":"Ada"})"));
  const VirtualTime asked = now;
  trace.add(trace::make_event({.at = asked, .channel = tool, .direction = Direction::from_agent, .exchange = 1},
                              trace::Request{.operation = "lookup", .body = R"({"name":"Ada"})"}));
  server(wire::output_item_done(place, call));
  server(wire::response_done("event_6", "resp_1", "completed", "", {call}));

  now = asked + milliseconds(300);
  trace.add(trace::make_event({.at = now, .channel = tool, .direction = Direction::to_agent, .exchange = 1},
                              trace::Response{.status = 200, .body = R"({"id":7})"}));
  client(wire::create_function_output("call_1", R"({"id":7})"));
  client(wire::response_create());
  const wire::RealtimePlace answer{.event_id = "event_7", .response_id = "resp_2", .item_id = "item_3"};
  server(wire::response_created("event_8", "resp_2"), milliseconds(250));
  server(wire::text_delta(answer, "Found "));
  server(wire::text_delta(answer, "Ada."));
  server(wire::text_done(answer, kTypedAnswer));
  trace.add(
      trace::make_event({.at = now, .channel = caller, .direction = Direction::from_agent}, trace::Text{kTypedAnswer}));
  server(wire::response_done("event_9", "resp_2", "completed", ""));
  now += seconds(2);
  trace.add(trace::make_event({.at = now, .channel = caller, .direction = Direction::to_agent},
                              trace::HungUp{.by = "caller"}));
  return trace;
}

}  // namespace ringback::testing
