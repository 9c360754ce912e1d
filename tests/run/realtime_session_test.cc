// What the Realtime peer remembers and refuses, lived through by an agent that sends a list of frames.
#include <catch2/catch.hpp>

#include "sim/agents/port.h"
#include "sim/faults/parse.h"
#include "sim/peers/recorded_model.h"
#include "sim/run/run.h"
#include "tests/support/run_twice.h"
#include "tests/support/typed_call.h"

namespace ringback::sim {
namespace {

using trace::Direction;
using trace::EventKind;
using wire::RealtimeFrame;
using wire::RealtimeType;

// What to do at a time after the start of the call: send a frame, or, where it is empty, open a new session.
struct Line {
  Duration at;
  Bytes frame;
};
constexpr const char* kReconnect = "";

class ScriptedAgent final : public Agent {
 public:
  // Sends its lines and hangs up at `end`.
  ScriptedAgent(std::vector<Line> lines, Duration end) : lines_(std::move(lines)), end_(end) {}

  Task<void> run(AgentWorld& world) override {
    received.clear();
    closings.clear();
    std::unique_ptr<ModelConnection> model = co_await world.models.connect();
    Scope work(world.kernel, world.lane);
    work.spawn(listen(world, *model));
    for (const Line& line : lines_) {
      const Duration pause = line.at - world.kernel.now().since_start();
      co_await sleep(world.kernel, world.lane, std::max(pause, Duration()));
      if (line.frame.empty()) {
        model.reset();
        co_await sleep(world.kernel, world.lane, Duration());  // the listener sees the end
        model = co_await world.models.connect();
        work.spawn(listen(world, *model));
      } else {
        model->send(wire::parse_realtime(line.frame));
      }
    }
    const Duration rest = end_ - world.kernel.now().since_start();
    co_await sleep(world.kernel, world.lane, std::max(rest, Duration()));
  }

  std::vector<RealtimeFrame> received;
  std::vector<std::pair<VirtualTime, ModelClosed>> closings;

 private:
  Task<void> listen(AgentWorld& world, ModelConnection& model) {
    for (;;) {
      std::optional<RealtimeFrame> frame = co_await model.inbox().receive();
      if (!frame.has_value()) break;
      received.push_back(*frame);
    }
    if (model.closed().has_value()) closings.emplace_back(world.kernel.now(), *model.closed());
  }

  std::vector<Line> lines_;
  Duration end_;
};

// Runs twice, and requires the same to the last octet.
RunResult run(const trace::Trace& recording, ScriptedAgent& agent, const char* overlay = "") {
  const Schedule schedule = *overlay == 0 ? Schedule() : parse_schedule("overlay.yaml", overlay);
  RunResult last;
  const auto difference = testing::run_twice([&] {
    last = run_scenario({.recording = recording,
                         .schedule = schedule,
                         .caller = {.patience = seconds(3 * 3600)},
                         .is_lenient = true,
                         .limit = seconds(24 * 3600)},
                        agent);
    return last;
  });
  REQUIRE_FALSE(difference.has_value());
  return last;
}

std::vector<std::string> errors(const ScriptedAgent& agent) {
  std::vector<std::string> codes;
  for (const RealtimeFrame& frame : agent.received) {
    if (frame.type == RealtimeType::error) codes.push_back(frame.code.empty() ? frame.message : frame.code);
  }
  return codes;
}

std::size_t count(const ScriptedAgent& agent, RealtimeType type) {
  return static_cast<std::size_t>(std::count_if(agent.received.begin(), agent.received.end(),
                                                [&](const RealtimeFrame& frame) { return frame.type == type; }));
}

const RealtimeFrame* first(const ScriptedAgent& agent, RealtimeType type) {
  for (const RealtimeFrame& frame : agent.received) {
    if (frame.type == type) return &frame;
  }
  return nullptr;
}

constexpr const char* kAskForAda =
    R"({"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"find Ada"}]}})";
constexpr const char* kRespond = R"({"type":"response.create"})";
constexpr const char* kToolOutput =
    R"({"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"call_1","output":"{\"id\":7}"}})";

// An event of the model's channel, at the end of a recording.
template <class Body>
void add_model_event(trace::Trace& recording, Duration at, Direction direction, const Body& body) {
  recording.add(trace::make_event(
      {.at = VirtualTime() + at, .channel = recording.channels.find("model")->id, .direction = direction}, body));
}

trace::Trace typed_call_that_does_not_end() {
  trace::Trace recording = testing::make_typed_call();
  recording.events.pop_back();
  return recording;
}

}  // namespace

TEST_CASE("a request about an item that the session does not have is answered with the provider's error", "[session]") {
  ScriptedAgent agent(
      {
          {seconds(1), R"({"type":"conversation.item.delete","item_id":"item_9","event_id":"mine_1"})"},
          {seconds(1), R"({"type":"conversation.item.retrieve","item_id":"item_9"})"},
          {seconds(1),
           R"({"type":"conversation.item.truncate","item_id":"item_9","content_index":0,"audio_end_ms":5})"},
          {seconds(1), kToolOutput},
          {seconds(1), R"({"type":"conversation.item.create","previous_item_id":"item_9","item":{"type":"message"}})"},
      },
      seconds(3));
  run(testing::make_typed_call(), agent);
  CHECK(errors(agent) == std::vector<std::string>{"item_delete_invalid_item_id", "item_retrieve_invalid_item_id",
                                                  "item_truncate_invalid_item_id", "invalid_tool_call_id",
                                                  "item_create_invalid_previous_item_id"});
  CHECK(first(agent, RealtimeType::error)->text.find(R"("event_id":"mine_1"}})") != Bytes::npos);
}

TEST_CASE("items that the session has can be retrieved and deleted, and a deleted one is gone", "[session]") {
  ScriptedAgent agent(
      {
          {seconds(1),
           R"({"type":"conversation.item.create","item":{"id":"mine","type":"message","role":"user","content":[{"type":"input_text","text":"find Ada"}]}})"},
          {seconds(2), R"({"type":"conversation.item.retrieve","item_id":"mine"})"},
          {seconds(2), R"({"type":"conversation.item.delete","item_id":"mine"})"},
          {seconds(3), R"({"type":"conversation.item.retrieve","item_id":"mine"})"},
          {seconds(3), kRespond},
      },
      seconds(6));
  const RunResult result = run(testing::make_typed_call(), agent);
  // The agent's own id stands in the acknowledgement, not the recording's.
  CHECK(first(agent, RealtimeType::item_added)->item_id == "mine");
  CHECK(first(agent, RealtimeType::item_retrieved)->transcript == "find Ada");
  CHECK(first(agent, RealtimeType::item_deleted)->item_id == "mine");
  CHECK(errors(agent) == std::vector<std::string>{"item_retrieve_invalid_item_id"});
  // Without what was typed the conversation is another one: what was recorded after it does not follow.
  CHECK(result.stand_ins.size() == 1);
}

TEST_CASE("one response at a time, and a cancel of nothing is refused", "[session]") {
  ScriptedAgent agent(
      {
          {seconds(1), R"({"type":"response.cancel"})"},
          {seconds(2), kAskForAda},
          {seconds(2), kRespond},
          {milliseconds(2210), kRespond},
          {milliseconds(2211), R"({"type":"response.cancel","response_id":"resp_9"})"},
          {milliseconds(2212), R"({"type":"response.cancel"})"},
          {seconds(3), R"({"type":"response.cancel"})"},
      },
      seconds(4));
  run(testing::make_typed_call(), agent);
  CHECK(errors(agent) == std::vector<std::string>{"response_cancel_not_active",
                                                  "conversation_already_has_active_response",
                                                  "response_cancel_not_active", "response_cancel_not_active"});
  REQUIRE(count(agent, RealtimeType::response_done) == 1);
  CHECK(first(agent, RealtimeType::response_done)->status == "cancelled");
  CHECK(first(agent, RealtimeType::response_done)->reason == "client_cancelled");
}

TEST_CASE("a session ends after 60 minutes with an error and code 1001", "[session]") {
  ScriptedAgent agent({{seconds(3590), kAskForAda}}, seconds(3700));
  const RunResult result = run(testing::make_typed_call(), agent);
  CHECK(errors(agent) == std::vector<std::string>{"session_expired"});
  CHECK(first(agent, RealtimeType::error)->message == "Your session hit the maximum duration of 60 minutes.");
  REQUIRE(agent.closings.size() == 1);
  CHECK((agent.closings[0].first == VirtualTime() + kSessionLengthMax));
  CHECK(agent.closings[0].second.code == 1001);
  CHECK(agent.closings[0].second.reason == "Your session hit the maximum duration of 60 minutes.");
  CHECK(result.ended_by == "agent");
}

TEST_CASE("a session is as long as the recording shows that it may be", "[session]") {
  trace::Trace longer = typed_call_that_does_not_end();
  add_model_event(longer, seconds(3700), Direction::to_agent, trace::Message{wire::rate_limits_updated("e").text});
  ScriptedAgent agent({{seconds(1), kAskForAda}}, seconds(3800));
  run(longer, agent);
  CHECK(agent.closings.empty());

  trace::Trace shorter = typed_call_that_does_not_end();
  add_model_event(shorter, seconds(900), Direction::to_agent,
                  trace::Message{wire::error_event("e", "invalid_request_error", "session_expired", "over").text});
  add_model_event(shorter, seconds(900), Direction::to_agent, trace::Closed{.code = 1001, .reason = "over"});
  run(shorter, agent);
  CHECK(errors(agent) == std::vector<std::string>{"session_expired"});
  REQUIRE(agent.closings.size() == 1);
  CHECK((agent.closings[0].first == VirtualTime() + seconds(900)));
}

TEST_CASE("a session that the recorded server ended is ended as late, with its code", "[session]") {
  trace::Trace recording = typed_call_that_does_not_end();
  add_model_event(recording, seconds(30), Direction::to_agent, trace::Closed{.code = 1011, .reason = "keepalive"});
  ScriptedAgent agent({{seconds(1), kAskForAda}}, seconds(60));
  run(recording, agent);
  REQUIRE(agent.closings.size() == 1);
  CHECK((agent.closings[0].first == VirtualTime() + seconds(30)));
  CHECK(agent.closings[0].second.code == 1011);
  CHECK(agent.closings[0].second.reason == "keepalive");
}

TEST_CASE("a new connection is a new empty session", "[session]") {
  ScriptedAgent agent(
      {
          {seconds(1), kAskForAda},
          {seconds(1), kRespond},
          {seconds(3), kReconnect},
          // item_1 was of the session before, and so was call_1.
          {seconds(4), R"({"type":"conversation.item.delete","item_id":"item_1"})"},
          {seconds(4), kToolOutput},
          {seconds(5), kAskForAda},
          {seconds(5), kRespond},
      },
      seconds(9));
  const RunResult result = run(testing::make_typed_call(), agent);
  CHECK(count(agent, RealtimeType::session_created) == 2);
  CHECK(errors(agent) == std::vector<std::string>{"item_delete_invalid_item_id", "invalid_tool_call_id"});
  // The recorded response was given once; nothing else in the recording begins a conversation.
  CHECK(result.origins.at("recorded") == 1);
  CHECK(result.stand_ins.size() == 1);
}

TEST_CASE("a recorded reconnection is replayed as two sessions, each with its own conversation", "[session]") {
  // The call twice over, on two connections of one recording.
  trace::Trace recording = typed_call_that_does_not_end();
  const std::vector<trace::Event> once = recording.events.all();
  const trace::ChannelId model = recording.channels.find("model")->id;
  add_model_event(recording, seconds(10), Direction::from_agent, trace::Closed{.code = 1000});
  for (trace::Event event : once) {
    event.at += seconds(20);
    if (event.channel == model) recording.add(event);
  }
  const auto talk = [](std::int64_t from) {
    return std::vector<Line>{{seconds(from + 1), kAskForAda},
                             {seconds(from + 1), kRespond},
                             {seconds(from + 2), kToolOutput},
                             {seconds(from + 2), kRespond}};
  };
  std::vector<Line> lines = talk(0);
  lines.push_back({seconds(20), kReconnect});
  for (const Line& line : talk(20)) lines.push_back(line);
  ScriptedAgent agent(lines, seconds(30));
  const RunResult result = run(recording, agent);
  CHECK(result.origins.at("recorded") == 4);
  CHECK(result.stand_ins.empty());
  CHECK(errors(agent).empty());
}

TEST_CASE("rate limits come as recorded, and the fault ends a response with rate_limit_exceeded", "[session]") {
  trace::Trace recording = testing::make_typed_call();
  trace::Event limits = recording.events[recording.events.size() - 2];  // after the last response.done
  limits.at += milliseconds(3);
  limits.body = trace::encode_body(trace::Message{wire::rate_limits_updated("event_limits").text});
  recording.events.insert(recording.events.size() - 1, limits);
  ScriptedAgent agent(
      {{seconds(1), kAskForAda}, {seconds(1), kRespond}, {seconds(2), kToolOutput}, {seconds(2), kRespond}},
      seconds(4));
  run(recording, agent);
  REQUIRE(count(agent, RealtimeType::rate_limits_updated) == 1);
  CHECK(agent.received.back().event_id == "event_limits");

  run(recording, agent, "ringback: 1\nfaults:\n  - {where: model, at: {response: 1}, do: rate_limit}\n");
  CHECK(first(agent, RealtimeType::response_done)->status == "failed");
  CHECK(first(agent, RealtimeType::response_done)->code == "rate_limit_exceeded");
}

TEST_CASE("a response beside the conversation leaves the conversation as it is", "[session]") {
  ScriptedAgent agent(
      {
          {seconds(1), kAskForAda},
          {seconds(1), R"({"type":"response.create","response":{"conversation":"none","input":[]}})"},
          {seconds(4), kRespond},
      },
      seconds(8));
  const RunResult result = run(testing::make_typed_call(), agent);
  CHECK(result.stand_ins.size() == 1);        // nobody recorded the one beside
  CHECK(result.origins.at("recorded") == 1);  // and the one of the conversation follows as recorded
  CHECK(first(agent, RealtimeType::arguments_done) != nullptr);
}

namespace {

constexpr const char* kManualSession =
    R"({"type":"realtime","output_modalities":["text"],"audio":{"input":{"format":{"type":"audio/pcmu"},"turn_detection":null}}})";

Bytes append(const Bytes& sound) { return wire::append_audio(sound).text; }
Bytes loud(std::size_t frames) { return Bytes(160 * frames, '\x10'); }
Bytes quiet(std::size_t frames) { return Bytes(160 * frames, '\xff'); }

// Two turns that the client ends by hand, each with a written answer of its own.
trace::Trace push_to_talk() {
  trace::Trace trace;
  trace.declare({.kind = trace::ChannelKind::caller, .name = "caller"});
  trace.declare({.kind = trace::ChannelKind::model, .name = "model", .encoding = "openai-realtime"});
  Duration at;
  const auto client = [&](const Bytes& text) {
    add_model_event(trace, at, Direction::from_agent, trace::Message{text});
  };
  const auto server = [&](const RealtimeFrame& frame) {
    at += milliseconds(10);
    add_model_event(trace, at, Direction::to_agent, trace::Message{frame.text});
  };
  add_model_event(trace, at, Direction::from_agent, trace::Opened{"wss://model.example"});
  server(wire::session_created("event_1", kManualSession));
  client(wire::session_update(kManualSession).text);
  server(wire::session_updated("event_2", kManualSession));
  for (std::size_t turn = 1; turn <= 2; ++turn) {
    const std::string item = fmt::format("turn_{}", turn);
    const std::string response = fmt::format("resp_{}", turn);
    client(append(quiet(5) + loud(10 * turn) + quiet(5)));
    client(R"({"type":"input_audio_buffer.commit"})");
    server(wire::committed("e", "", item));
    server(wire::item_added("e", "", {.id = item, .role = "user", .part_type = "input_audio"}));
    client(R"({"type":"response.create"})");
    server(wire::response_created("e", response));
    server(wire::text_done({.event_id = "e", .response_id = response, .item_id = "answer"}, fmt::format("{}", turn)));
    server(wire::response_done("e", response, "completed", ""));
    at += seconds(1);
  }
  return trace;
}

std::vector<std::string> answers(const ScriptedAgent& agent) {
  std::vector<std::string> texts;
  for (const RealtimeFrame& frame : agent.received) {
    if (frame.type == RealtimeType::output_text_done) texts.push_back(frame.transcript);
  }
  return texts;
}

std::vector<Line> push_to_talk_lines(std::size_t silence, std::size_t second_turn) {
  constexpr const char* kCommit = R"({"type":"input_audio_buffer.commit"})";
  return {{milliseconds(100), wire::session_update(kManualSession).text},
          {seconds(1), append(quiet(silence) + loud(10))},
          {seconds(1), kCommit},
          {seconds(1), kRespond},
          {seconds(2), append(loud(second_turn) + quiet(silence))},
          {seconds(2), kCommit},
          {seconds(2), kRespond}};
}

}  // namespace

TEST_CASE("a turn committed by hand is the recorded one where the same was said, with however much silence",
          "[session]") {
  for (const std::size_t silence : {0u, 3u, 90u}) {
    ScriptedAgent agent(push_to_talk_lines(silence, 20), seconds(5));
    const RunResult result = run(push_to_talk(), agent);
    CHECK(answers(agent) == std::vector<std::string>{"1", "2"});
    CHECK(result.stand_ins.empty());
    CHECK(first(agent, RealtimeType::input_audio_committed)->item_id == "turn_1");
  }
  ScriptedAgent other(push_to_talk_lines(3, 19), seconds(5));
  CHECK(run(push_to_talk(), other).stand_ins.size() == 1);
}

TEST_CASE("an empty buffer cannot be committed, and a cleared one is empty", "[session]") {
  constexpr const char* kCommit = R"({"type":"input_audio_buffer.commit"})";
  ScriptedAgent agent(
      {
          {milliseconds(100), wire::session_update(kManualSession).text},
          {seconds(1), kCommit},
          {seconds(2), append(loud(50))},
          {seconds(2), R"({"type":"input_audio_buffer.clear"})"},
          {seconds(2), append(loud(4))},
          {seconds(2), kCommit},
          {seconds(3), append(loud(1))},
          {seconds(3), kCommit},
      },
      seconds(5));
  run(push_to_talk(), agent);
  CHECK(errors(agent) == std::vector<std::string>(2, "input_audio_buffer_commit_empty"));
  CHECK(first(agent, RealtimeType::error)->message.find("buffer only has 0.00ms") != std::string::npos);
  CHECK(count(agent, RealtimeType::input_audio_cleared) == 1);
  CHECK(count(agent, RealtimeType::input_audio_committed) == 1);
}

}  // namespace ringback::sim
