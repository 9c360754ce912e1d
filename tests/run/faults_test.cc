// Every fault end to end on a small call: what the agent lives through, twice the same.
#include <catch2/catch.hpp>

#include "sim/agents/voice.h"
#include "sim/faults/parse.h"
#include "sim/run/run.h"
#include "src/host/file.h"
#include "src/trace/reader.h"
#include "tests/support/run_events.h"
#include "tests/support/run_twice.h"
#include "tests/support/typed_call.h"

namespace ringback::sim {
namespace {

using testing::count;
using testing::texts_of_agent;

using trace::Direction;
using trace::EventKind;
using trace::Origin;

// Replays twice, and requires the same to the last octet.
RunResult replay(const trace::Trace& recording, std::string_view fault, Agent& agent) {
  const Schedule schedule = parse_schedule("overlay.yaml", fmt::format("ringback: 1\nfaults:\n  - {}\n", fault));
  RunResult last;
  const auto difference = testing::run_twice([&] {
    RunResult result = run_scenario({.recording = recording, .schedule = schedule, .seed = 7}, agent);
    last = result;
    return result;
  });
  REQUIRE_FALSE(difference.has_value());
  return last;
}

RunResult replay_typed(std::string_view fault, const char* options = "builtin:voice") {
  VoiceAgent agent(parse_voice_options(AgentSpec::parse(options)));
  return replay(testing::make_typed_call(), fault, agent);
}

trace::Trace clinic() {
  auto source = host::open_source("traces/clinic-lookup.rbt");
  return trace::read_trace(*source);
}

RunResult replay_clinic(std::string_view fault) {
  static const trace::Trace recording = clinic();
  VoiceAgent agent(parse_voice_options(AgentSpec::parse("builtin:voice?retries=1&fallback=spoken")));
  return replay(recording, fault, agent);
}

// The reasons of the calls that failed, in order.
std::vector<std::string> failures(const RunResult& result) {
  std::vector<std::string> reasons;
  for (const trace::Event& event : result.run.events) {
    if (event.kind == EventKind::failed) reasons.push_back(trace::body_of<trace::Failed>(event).reason);
  }
  return reasons;
}

VirtualTime time_of_answer(const RunResult& result) {
  for (const trace::Event& event : result.run.events) {
    if (event.kind == EventKind::text && event.direction == Direction::from_agent) return event.at;
  }
  return {};
}

bool has_message(const RunResult& result, std::string_view part, Direction direction) {
  for (const trace::Event& event : result.run.events) {
    if (event.kind != EventKind::message || event.direction != direction) continue;
    if (trace::body_field(event.body, 1).find(part) != BytesView::npos) return true;
  }
  return false;
}

const std::vector<std::string> kAnswered = {testing::kTypedAnswer};
constexpr const char* kUndisturbed = "{where: model, at: {response: 99}, do: cut, optional: true}";

// --- model stream ---

TEST_CASE("a dropped end of a text leaves the caller without an answer", "[faults]") {
  // Response 2: created, two tokens, the text's end, done.
  const RunResult result = replay_typed("{where: model, at: {response: 2, event: 4}, do: drop_event}");
  CHECK(result.faults.at(0).fired == 1);
  CHECK(texts_of_agent(result).empty());
}

TEST_CASE("a duplicated end of a text is said twice, a duplicated call is made once", "[faults]") {
  const RunResult said = replay_typed("{where: model, at: {response: 2, event: 4}, do: duplicate_event}");
  CHECK(texts_of_agent(said) == std::vector<std::string>{testing::kTypedAnswer, testing::kTypedAnswer});
  const RunResult called = replay_typed("{where: model, at: {response: 1}, do: duplicate_event}");
  CHECK(count(called, EventKind::request) == 1);
  CHECK(texts_of_agent(called) == kAnswered);
}

TEST_CASE("a corrupted frame reaches the agent and means nothing to it", "[faults]") {
  const RunResult result = replay_typed("{where: model, at: {response: 2, event: 4}, do: corrupt}");
  CHECK(texts_of_agent(result).empty());
  CHECK(has_message(result, "\x1a", Direction::to_agent));
}

TEST_CASE("a slow stream answers late", "[faults]") {
  const RunResult usual = replay_typed(kUndisturbed);
  const RunResult slow = replay_typed("{where: model, at: {response: 2}, do: {slow: {factor: 4}}}");
  // The text's end is sent 15 ms after the response was created.
  CHECK(time_of_answer(slow) - time_of_answer(usual) == milliseconds(45));
  CHECK(texts_of_agent(slow) == kAnswered);
}

TEST_CASE("two events that change places both arrive", "[faults]") {
  const RunResult result = replay_typed("{where: model, at: {response: 2, token: 1}, do: reorder}");
  std::vector<std::string> deltas;
  for (const trace::Event& event : result.run.events) {
    if (event.kind != EventKind::message || event.direction != Direction::to_agent) continue;
    const wire::RealtimeFrame frame = wire::parse_realtime(trace::body_field(event.body, 1));
    if (frame.type == wire::RealtimeType::output_text_delta) deltas.push_back(frame.delta);
  }
  CHECK(deltas == std::vector<std::string>{"Ada.", "Found "});
  CHECK(texts_of_agent(result) == kAnswered);
}

TEST_CASE("an event that changes its place is still late and doubled", "[faults]") {
  const Schedule schedule = parse_schedule("overlay.yaml", R"(ringback: 1
faults:
  - {where: model, at: {response: 2, token: 1}, do: reorder}
  - {where: model, at: {response: 2, token: 1}, do: duplicate_event}
  - {where: model, at: {response: 2, token: 1}, do: {delay: 1s}}
)");
  const trace::Trace recording = testing::make_typed_call();
  VoiceAgent agent(parse_voice_options(AgentSpec::parse("builtin:voice")));
  const RunResult result = run_scenario({.recording = recording, .schedule = schedule}, agent);
  std::size_t copies = 0;
  for (const trace::Event& event : result.run.events) {
    if (event.kind == EventKind::message && trace::body_field(event.body, 1).find("\"Found \"") != BytesView::npos)
      ++copies;
  }
  CHECK(copies == 2);
  CHECK(time_of_answer(result) - time_of_answer(replay_typed(kUndisturbed)) > milliseconds(900));
}

TEST_CASE("a rate limit on the first turn leaves the caller without a word", "[faults]") {
  const RunResult result = replay_typed("{where: model, at: {response: 1}, do: rate_limit}");
  CHECK(has_message(result, "rate_limit_exceeded", Direction::to_agent));
  CHECK(count(result, EventKind::request) == 0);
  CHECK(result.ended_by == "patience");
}

TEST_CASE("an error event ends its response as failed", "[faults]") {
  const RunResult result =
      replay_typed("{where: model, at: {response: 2, token: 1}, do: {error_event: {code: server_error}}}");
  CHECK(has_message(result, R"("status":"failed")", Direction::to_agent));
  CHECK(result.ended_by == "patience");
}

TEST_CASE("a malformed tool call is passed on to the tool, which does not know it", "[faults]") {
  const RunResult result = replay_typed("{where: model, at: {response: 1}, do: malformed_tool_call}",
                                        "builtin:voice?retries=0&fallback=spoken");
  CHECK(count(result, EventKind::request) == 1);
  CHECK(result.origins.at("stub") >= 1);
  CHECK(texts_of_agent(result).front() == std::string(kVoiceFallback));
}

TEST_CASE("a call of an unknown tool goes to a tool of that name, which is a stand-in", "[faults]") {
  const RunResult result = replay_typed("{where: model, at: {response: 1}, do: unknown_tool_call}",
                                        "builtin:voice?retries=0&fallback=spoken");
  CHECK(result.run.channels.find("tool:no_such_tool") != nullptr);
  CHECK(texts_of_agent(result).front() == std::string(kVoiceFallback));
}

// An agent that asks again when a response has failed.
class PersistentAgent final : public Agent {
 public:
  Task<void> run(AgentWorld& world) override {
    std::unique_ptr<ModelConnection> model = co_await world.models.connect();
    std::optional<CallerInput> input = co_await world.caller.inbox().receive();
    if (!input.has_value() || !std::holds_alternative<CallerText>(*input)) co_return;
    model->send(wire::create_user_text(std::get<CallerText>(*input).text));
    model->send(wire::response_create());
    for (;;) {
      std::optional<wire::RealtimeFrame> frame = co_await model->inbox().receive();
      if (!frame.has_value()) co_return;
      if (frame->type == wire::RealtimeType::session_created) continue;
      if (frame->type == wire::RealtimeType::response_done && frame->status == "failed")
        model->send(wire::response_create());
      if (frame->type == wire::RealtimeType::arguments_done) co_return;
    }
  }
};

TEST_CASE("an agent that asks again after a rate limit gets the recorded response", "[faults]") {
  PersistentAgent agent;
  const RunResult result =
      replay(testing::make_typed_call(), "{where: model, at: {response: 1}, do: rate_limit}", agent);
  CHECK(result.origins.at("recorded") == 2);  // the one that failed, and again
  CHECK(result.origins.size() == 1);
}

// --- transport ---

TEST_CASE("a call that is reset or refused fails at once and can be made again", "[faults]") {
  const std::vector<std::pair<const char*, const char*>> cases = {{"reset", "reset"},
                                                                  {"refuse", "refused"},
                                                                  {"dns_failure", "name not found"},
                                                                  {"tls_failure", "TLS handshake failed"}};
  for (const auto& [action, reason] : cases) {
    const RunResult result =
        replay_typed(fmt::format("{{where: \"tool:*\", at: {{call: 1}}, do: {}}}", action), "builtin:voice?retries=2");
    INFO(action);
    CHECK(failures(result) == std::vector<std::string>{reason});
    CHECK(count(result, EventKind::request) == 2);
    CHECK(texts_of_agent(result) == kAnswered);
    CHECK(result.origins.at("recorded") == 3);  // the tool itself was reached once
  }
}

TEST_CASE("a reply that is lost was given, and the second attempt gets it", "[faults]") {
  const RunResult result =
      replay_typed("{where: \"tool:*\", at: {call: 1}, do: drop_reply}", "builtin:voice?retries=2");
  CHECK(failures(result) == std::vector<std::string>{"closed before the answer"});
  CHECK(result.origins.at("recorded") == 4);  // the tool answered twice
  CHECK(texts_of_agent(result) == kAnswered);
}

TEST_CASE("a call into a half-open connection ends with the agent's time-out", "[faults]") {
  for (const char* action : {"half_open", "blackhole"}) {
    const RunResult result = replay_typed(fmt::format("{{where: \"tool:*\", at: {{call: 1}}, do: {}}}", action),
                                          "builtin:voice?retries=1&timeout=1s");
    CHECK(count(result, EventKind::abandoned) == 1);
    CHECK(texts_of_agent(result) == kAnswered);
  }
}

TEST_CASE("a throttled tool answers late", "[faults]") {
  const RunResult usual = replay_typed(kUndisturbed);
  // 14 octets of arguments and 8 of the answer.
  const RunResult slow = replay_typed("{where: \"tool:*\", do: {throttle: 20B/s}}");
  CHECK(time_of_answer(slow) - time_of_answer(usual) == milliseconds(700 + 400));
}

TEST_CASE("a model that cannot be reached gives the agent no connection", "[faults]") {
  for (const char* action : {"refuse", "dns_failure", "tls_failure"}) {
    const RunResult result = replay_typed(fmt::format("{{where: model, do: {}}}", action));
    CHECK(result.ended_by == "agent");
    CHECK(count(result, EventKind::message) == 0);
    CHECK(count(result, EventKind::closed) == 1);
  }
}

TEST_CASE("a model in a black hole never connects", "[faults]") {
  const RunResult result = replay_typed("{where: model, do: blackhole}");
  CHECK(count(result, EventKind::message) == 0);
  CHECK(result.ended_by == "patience");
}

TEST_CASE("a half-open model session hears nothing of what is asked", "[faults]") {
  const RunResult result = replay_typed("{where: model, at: {time: 500ms}, do: half_open}");
  CHECK_FALSE(has_message(result, "response.create", Direction::from_agent));
  CHECK(result.ended_by == "patience");
}

TEST_CASE("a model's reply that is lost takes the connection with it", "[faults]") {
  const RunResult result = replay_typed("{where: model, at: {response: 1}, do: drop_reply}");
  CHECK(has_message(result, "response.create", Direction::from_agent));
  CHECK_FALSE(has_message(result, "response.created", Direction::to_agent));
  CHECK(result.ended_by == "patience");
}

TEST_CASE("a throttled model answers late", "[faults]") {
  const RunResult usual = replay_typed(kUndisturbed);
  const RunResult slow = replay_typed("{where: model, do: {throttle: 2kB/s}}");
  CHECK(time_of_answer(slow) > time_of_answer(usual) + milliseconds(500));
  CHECK(texts_of_agent(slow) == kAnswered);
}

// --- audio ---

TEST_CASE("every audio fault acts on both tracks of the clinic's call", "[faults]") {
  for (const char* track : {"caller.audio", "agent.audio"}) {
    for (const char* action :
         {"{garble: {snr_db: 0}}", "{drop: 1/10}", "{jitter: 60ms}", "{delay: 400ms}", "clip", "silence"}) {
      INFO(track << " " << action);
      const RunResult result =
          replay_clinic(fmt::format("{{where: {}, at: {{frame: 100..1000}}, do: {}}}", track, action));
      CHECK(result.faults.at(0).fired > 10);
      CHECK_FALSE(result.halted);
    }
  }
}

TEST_CASE("a key that a fault presses reaches the agent", "[faults]") {
  const RunResult result = replay_clinic("{where: caller.audio, at: {time: 5s}, do: {dtmf: \"5\"}}");
  REQUIRE(count(result, EventKind::dtmf) == 1);
  for (const trace::Event& event : result.run.events) {
    if (event.kind != EventKind::dtmf) continue;
    CHECK(trace::body_of<trace::Dtmf>(event).digit == "5");
    CHECK(event.origin == Origin::world);
    CHECK(event.at == VirtualTime() + seconds(5));
  }
}

// --- any of them together ---

TEST_CASE("300 schedules of any four faults run twice the same", "[faults]") {
  const std::vector<const char*> actions = {"{where: model, do: cut}",
                                            "{where: model, do: stall}",
                                            "{where: model, do: {delay: 300ms}}",
                                            "{where: model, do: {slow: {factor: 7/3}}}",
                                            "{where: model, do: corrupt}",
                                            "{where: model, do: malformed_tool_call}",
                                            "{where: model, do: unknown_tool_call}",
                                            "{where: model, do: drop_event}",
                                            "{where: model, do: duplicate_event}",
                                            "{where: model, do: reorder}",
                                            "{where: model, do: rate_limit}",
                                            "{where: model, do: {error_event: {code: server_error}}}",
                                            "{where: model, do: half_open}",
                                            "{where: model, do: blackhole}",
                                            "{where: model, do: {throttle: 3kB/s}}",
                                            "{where: model, do: drop_reply}",
                                            "{where: model, do: refuse}",
                                            "{where: \"tool:*\", do: malformed}",
                                            "{where: \"tool:*\", do: timeout}",
                                            "{where: \"tool:*\", do: duplicate}",
                                            "{where: \"tool:*\", do: reset}",
                                            "{where: \"tool:*\", do: drop_reply}",
                                            "{where: \"tool:*\", do: half_open}",
                                            "{where: \"tool:*\", do: {throttle: 20B/s}}"};
  const std::vector<const char*> anchors = {"probability: 1/2", "probability: 1/8", "occurrence: 2", "time: 1s",
                                            "time: 1s, for: 400ms"};
  const RandomStream draws({.seed = 1, .domain = "test", .entity = "faults", .purpose = "schedules"});
  const trace::Trace recording = testing::make_typed_call();
  VoiceAgent agent(parse_voice_options(AgentSpec::parse("builtin:voice?retries=2&timeout=2s&fallback=spoken")));
  std::uint64_t draw = 0;
  for (int number = 0; number < 300; ++number) {
    std::string yaml = "ringback: 1\nfaults:\n";
    for (int fault = 0; fault < 4; ++fault) {
      std::string line = actions[draws.below(draw++, actions.size())];
      const std::string at = fmt::format("at: {{{}}}, ", anchors[draws.below(draw++, anchors.size())]);
      yaml += fmt::format("  - {}\n", line.insert(line.find("do:"), at));
    }
    INFO(yaml);
    const Schedule schedule = parse_schedule("overlay.yaml", yaml);
    const auto difference = testing::run_twice(
        [&] { return run_scenario({.recording = recording, .schedule = schedule, .seed = 3}, agent); });
    REQUIRE_FALSE(difference.has_value());
  }
}

}  // namespace
}  // namespace ringback::sim
