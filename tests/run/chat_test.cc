// builtin:chat against completion models, undisturbed, with faults, and on recordings of others.
#include <filesystem>

#include <catch2/catch.hpp>

#include "sim/agents/builtin.h"
#include "sim/agents/chat_turn.h"
#include "sim/check/timeline.h"
#include "sim/faults/parse.h"
#include "sim/run/run.h"
#include "src/formats/go_vcr.h"
#include "src/formats/ruby_vcr.h"
#include "src/formats/vcrpy.h"
#include "src/host/file.h"
#include "tests/support/chat_call.h"
#include "tests/support/run_events.h"
#include "tests/support/skip.h"

namespace ringback::sim {
namespace {

using testing::count;
using testing::texts_of_agent;

using wire::CompletionProtocol;

constexpr CompletionProtocol kProtocols[] = {CompletionProtocol::openai_chat, CompletionProtocol::openai_responses,
                                             CompletionProtocol::anthropic_messages};

RunResult replay(const trace::Trace& recording, const std::string& overlay, const char* agent,
                 Reaction reaction = Reaction::apologise) {
  const Schedule schedule =
      overlay.empty() ? Schedule() : parse_schedule("overlay.yaml", "ringback: 1\nfaults:\n  - " + overlay + "\n");
  const std::unique_ptr<Agent> made = make_builtin_agent(AgentSpec::parse(agent));
  const Scenario scenario{.recording = recording, .schedule = schedule, .reaction = reaction};
  RunResult result = run_scenario(scenario, *made);
  const std::unique_ptr<Agent> again = make_builtin_agent(AgentSpec::parse(agent));
  REQUIRE((run_scenario(scenario, *again).digest == result.digest));
  return result;
}

using Texts = std::vector<std::string>;

TEST_CASE("a chat replays as recorded with every vendor's protocol, streamed or in one body", "[chat]") {
  for (const CompletionProtocol protocol : kProtocols) {
    for (const bool streams : {true, false}) {
      const trace::Trace recording = testing::make_chat_call(protocol, streams);
      const RunResult result = replay(recording, "", "builtin:chat");
      CAPTURE(wire::name_of(protocol), streams);
      REQUIRE_FALSE(result.divergence.has_value());
      REQUIRE(result.ended_by == "caller");
      REQUIRE(texts_of_agent(result) == Texts{testing::kChatAnswer, testing::kChatGoodbye});
      REQUIRE(result.origins.size() == 1);
      REQUIRE(result.end == recording.events.back().at);
    }
  }
}

TEST_CASE("tools that finish in another order are answered the same", "[chat]") {
  const RunResult result = replay(testing::make_chat_call(CompletionProtocol::openai_chat),
                                  "{where: \"tool:add\", do: {delay: 2s}}", "builtin:chat");
  REQUIRE(texts_of_agent(result) == Texts{testing::kChatAnswer, testing::kChatGoodbye});
  REQUIRE(result.stand_ins.empty());
}

TEST_CASE("after an altered tool result the recorded answer is never served", "[chat]") {
  for (const CompletionProtocol protocol : kProtocols) {
    const trace::Trace recording = testing::make_chat_call(protocol);
    const char* fault = "{where: \"tool:add\", do: {body: \"7\"}}";
    REQUIRE(texts_of_agent(replay(recording, fault, "builtin:chat")).front() == kApology);
    REQUIRE(texts_of_agent(replay(recording, fault, "builtin:chat", Reaction::claim_success)).front() == kClaim);
    REQUIRE(texts_of_agent(replay(recording, fault, "builtin:chat", Reaction::silent)).empty());
    const RunResult again = replay(recording, fault, "builtin:chat?retries=0&fallback=spoken", Reaction::call_again);
    // As recorded, again, varied; and once more in the next turn.
    REQUIRE(count(again, trace::EventKind::request, "tool:multiply") == 4);
    REQUIRE(texts_of_agent(again).front() == kChatFallback);
  }
}

TEST_CASE("an agent without a fallback says nothing when a tool fails for good, and one with it says so", "[chat]") {
  const trace::Trace recording = testing::make_chat_call(CompletionProtocol::openai_chat);
  const char* fault = "{where: \"tool:multiply\", do: {status: 500}}";
  const RunResult silent = replay(recording, fault, "builtin:chat?retries=2");
  REQUIRE(silent.ended_by == "patience");
  REQUIRE(texts_of_agent(silent).empty());
  REQUIRE(count(silent, trace::EventKind::request, "tool:multiply") == 3);
  const RunResult spoken = replay(recording, fault, "builtin:chat?retries=2&fallback=spoken");
  REQUIRE(spoken.ended_by == "caller");
  REQUIRE(texts_of_agent(spoken).front() == kChatFallback);
}

TEST_CASE("every fault of the model's family acts on every vendor's stream", "[chat]") {
  struct Case {
    const char* fault;
    std::size_t requests;  // of the model; three where nothing is asked again
  };
  // What is cut, refused or broken once is asked again and answered from the recording.
  const Case cases[] = {
      {"{where: model, at: {response: 2, token: 2}, do: {cut: {code: 1006}}}", 4},
      {"{where: model, at: {response: 2}, do: reset}", 4},
      {"{where: model, at: {response: 2}, do: {stall: {after: 1}}}", 4},
      {"{where: model, at: {response: 2, event: 2}, do: {delay: 3s}}", 3},
      {"{where: model, at: {response: 2}, do: {slow: {factor: 4}}}", 3},
      {"{where: model, at: {response: 2, token: 1}, do: corrupt}", 4},
      {"{where: model, at: {response: 2}, do: rate_limit}", 4},
      {"{where: model, at: {response: 2}, do: {error_event: {code: server_error}}}", 4},
      {"{where: model, at: {response: 2}, do: drop_reply}", 4},
      {"{where: model, at: {response: 2}, do: refuse}", 4},
      {"{where: model, at: {response: 2}, do: half_open}", 4},
      {"{where: model, at: {response: 2}, do: {throttle: 2kB/s}}", 3},
  };
  for (const CompletionProtocol protocol : kProtocols) {
    const trace::Trace recording = testing::make_chat_call(protocol);
    for (const Case& each : cases) {
      CAPTURE(wire::name_of(protocol), each.fault);
      const RunResult result = replay(recording, each.fault, "builtin:chat?model_timeout=5s");
      REQUIRE(result.faults.at(0).fired >= 1);
      REQUIRE(count(result, trace::EventKind::request, "model") == each.requests);
      REQUIRE(texts_of_agent(result) == Texts{testing::kChatAnswer, testing::kChatGoodbye});
      REQUIRE(result.ended_by == "caller");
    }
  }
}

TEST_CASE("a tool call whose arguments do not parse, or whose name nobody knows, reaches no recorded tool", "[chat]") {
  for (const CompletionProtocol protocol : kProtocols) {
    for (const bool streams : {true, false}) {
      CAPTURE(wire::name_of(protocol), streams);
      const trace::Trace recording = testing::make_chat_call(protocol, streams);
      const RunResult malformed =
          replay(recording, "{where: model, do: malformed_tool_call}", "builtin:chat?retries=0&fallback=spoken");
      REQUIRE(malformed.faults.at(0).fired >= 1);
      REQUIRE(texts_of_agent(malformed).front() == kChatFallback);
      const RunResult unknown =
          replay(recording, "{where: model, do: unknown_tool_call}", "builtin:chat?retries=0&fallback=spoken");
      REQUIRE(count(unknown, trace::EventKind::request, "tool:no_such_tool") == 2);
      REQUIRE(count(unknown, trace::EventKind::request, "tool:add") == 0);
    }
  }
}

TEST_CASE("a stream that stalls for good is abandoned, and the caller loses patience with an agent that waits",
          "[chat]") {
  const trace::Trace recording = testing::make_chat_call(CompletionProtocol::openai_chat);
  const char* fault = "{where: model, at: {response: \"2..\"}, do: {stall: {after: 1}}}";
  const RunResult waits = replay(recording, fault, "builtin:chat?model_timeout=none");
  REQUIRE(waits.ended_by == "patience");
  REQUIRE(texts_of_agent(waits).empty());
  const RunResult gives_up = replay(recording, fault, "builtin:chat?model_timeout=2s&retries=1&fallback=spoken");
  REQUIRE(count(gives_up, trace::EventKind::abandoned, "model") >= 2);
  REQUIRE(texts_of_agent(gives_up).front() == kChatFallback);
}

TEST_CASE("a model that calls without end is stopped after the rounds that the agent allows", "[chat]") {
  const trace::Trace recording = testing::make_chat_call(CompletionProtocol::openai_chat);
  const RunResult result = replay(recording, "", "builtin:chat?rounds=0&fallback=spoken");
  // The recording answers with calls in the first round: none is allowed to follow.
  REQUIRE(result.divergence.has_value());
}

TEST_CASE("the timeline of a chat has its answers, calls and waits", "[chat]") {
  for (const CompletionProtocol protocol : kProtocols) {
    const RunResult result = replay(testing::make_chat_call(protocol), "", "builtin:chat");
    const Timeline timeline = build_timeline(result.run, result.end);
    REQUIRE(timeline.responses.size() == 3);
    REQUIRE(timeline.calls.size() == 2);
    REQUIRE(timeline.calls[0].name == "add");
    REQUIRE(timeline.calls[0].answered.has_value());
    REQUIRE((timeline.responses[1].first_token > timeline.responses[1].requested));
    REQUIRE(timeline.responses[1].status == "completed");
    REQUIRE(timeline.turns.size() == 2);
    REQUIRE(timeline.turns[0].heard.has_value());
  }
}

TEST_CASE("an agent for another kind of model is refused", "[chat]") {
  const trace::Trace recording = testing::make_chat_call(CompletionProtocol::openai_chat);
  REQUIRE_THROWS_WITH(replay(recording, "", "builtin:voice"), Catch::Contains("opens a Realtime session"));
}

struct Recorded {
  const char* file;
  trace::Trace (*read)(std::string_view name, BytesView data);
  std::size_t tools;  // calls of functions
};

TEST_CASE("conversations that others recorded replay without divergence", "[chat]") {
  const std::string folder = "../shared/data/";
  const Recorded recordings[] = {
      {"charm-fantasy-go-vcr/TestOpenAICommon/openai-gpt-4o/multi_tool_streaming.yaml", formats::import_go_vcr, 2},
      {"charm-fantasy-go-vcr/TestOpenAIResponsesCommon/openai-gpt-4o-mini/multi_tool_streaming.yaml",
       formats::import_go_vcr, 2},
      {"charm-fantasy-go-vcr/TestAnthropicCommon/claude-sonnet-4/multi_tool_streaming.yaml", formats::import_go_vcr, 2},
      {"charm-fantasy-go-vcr/TestAnthropicCommon/claude-sonnet-4/multi_tool.yaml", formats::import_go_vcr, 2},
      {"charm-fantasy-go-vcr/TestOpenAICompatibleCommon/xai-grok-4-fast/tool_streaming.yaml", formats::import_go_vcr,
       1},
      {"ruby_llm-vcr/chat_function_calling_ollama_cloud_gpt-oss_120b_can_use_tools_in_multi-turn_conversations.yml",
       formats::import_ruby_vcr, 2},
  };
  if (!std::filesystem::exists(folder + recordings[0].file)) return skip("../shared/data is absent");
  for (const Recorded& each : recordings) {
    CAPTURE(each.file);
    const trace::Trace recording = each.read(each.file, host::read_whole(folder + each.file));
    const RunResult result = replay(recording, "", "builtin:chat");
    REQUIRE_FALSE(result.divergence.has_value());
    REQUIRE(result.ended_by == "caller");
    const Timeline timeline = build_timeline(result.run, result.end);
    REQUIRE(timeline.calls.size() == each.tools);
    REQUIRE(result.origins.size() == 1);
  }
}

}  // namespace
}  // namespace ringback::sim
