// builtin:cascade against speech-to-text, completion models and text-to-speech; and scripts of both kinds of session.
#include <catch2/catch.hpp>

#include "sim/agents/builtin.h"
#include "sim/agents/chat_turn.h"
#include "sim/check/property.h"
#include "sim/check/timeline.h"
#include "sim/faults/parse.h"
#include "sim/run/run.h"
#include "tests/support/run_events.h"
#include "tests/support/scenario_trace.h"

namespace ringback::sim {
namespace {

using testing::count;
using testing::texts_of_agent;

constexpr const char* kCall = R"(
ringback: 1
kind: cascade
protocol: PROTOCOL
instructions: Be brief.
tools:
  - name: crm.find
  - name: crm.notes
steps:
  - agent: Hello. Who is calling?
  - caller: Ada Lovelace
    after: 900ms
  - agent: One moment.
  - tools:
      - {tool: crm.find, arguments: {name: Ada}, result: {id: 7}, latency: 1s}
      - {tool: crm.notes, arguments: {name: Ada}, result: [], latency: 300ms}
  - agent: I have found you, and there are no notes in your file. What can I do for you today, or shall I call back?
  - caller: Nothing, thanks
    interrupts: 3s
  - agent: Goodbye.
  - hang_up: caller
)";

trace::Trace make_call(const std::string& protocol = "openai-chat") {
  std::string script = kCall;
  script.replace(script.find("PROTOCOL"), 8, protocol);
  return testing::scenario_trace(script);
}

RunResult replay(const trace::Trace& recording, const std::string& overlay, const char* agent) {
  const Schedule schedule =
      overlay.empty() ? Schedule() : parse_schedule("overlay.yaml", "ringback: 1\nfaults:\n  - " + overlay + "\n");
  const Scenario scenario{.recording = recording, .schedule = schedule};
  const std::unique_ptr<Agent> made = make_builtin_agent(AgentSpec::parse(agent));
  RunResult result = run_scenario(scenario, *made);
  const std::unique_ptr<Agent> again = make_builtin_agent(AgentSpec::parse(agent));
  REQUIRE((run_scenario(scenario, *again).digest == result.digest));
  return result;
}

TEST_CASE("a cascaded call replays as recorded, with every vendor's model, and is interrupted as recorded",
          "[cascade]") {
  for (const char* protocol : {"openai-chat", "openai-responses", "anthropic-messages"}) {
    const trace::Trace recording = make_call(protocol);
    const RunResult result = replay(recording, "", "builtin:cascade");
    CAPTURE(protocol, result.divergence ? result.divergence->what + " " + result.divergence->actual : "");
    REQUIRE_FALSE(result.divergence.has_value());
    REQUIRE(result.ended_by == "caller");
    REQUIRE(result.origins.size() == 1);
    REQUIRE(count(result, trace::EventKind::clear, "caller") == 1);
    REQUIRE(texts_of_agent(result).back() == "Goodbye.");
    const Duration apart = result.end > recording.events.back().at ? result.end - recording.events.back().at
                                                                   : recording.events.back().at - result.end;
    REQUIRE(apart <= milliseconds(40));
  }
}

TEST_CASE("a half-open synthesizer is silence for an agent that waits, and a reconnect for one that does not",
          "[cascade]") {
  const trace::Trace recording = make_call();
  const char* fault = "{where: synthesizer, at: {time: 4s}, do: half_open}";
  const RunResult waits = replay(recording, fault, "builtin:cascade?speech_timeout=none");
  REQUIRE(waits.ended_by == "patience");
  const RunResult returns = replay(recording, fault, "builtin:cascade?speech_timeout=2s");
  REQUIRE(returns.ended_by == "caller");
  REQUIRE(count(returns, trace::EventKind::opened, "synthesizer") == 2);
  REQUIRE(texts_of_agent(returns).back() == "Goodbye.");
}

TEST_CASE("a transcriber that hears nothing leaves the caller without an answer", "[cascade]") {
  const RunResult result =
      replay(make_call(), "{where: transcriber, at: {time: 1s}, do: half_open}", "builtin:cascade");
  REQUIRE(result.ended_by == "patience");
  REQUIRE(count(result, trace::EventKind::request, "model") == 1);
}

TEST_CASE("faults on the parts of a cascade reach the caller", "[cascade]") {
  const trace::Trace recording = make_call();
  const RunResult tool =
      replay(recording, "{where: \"tool:crm.find\", do: malformed}", "builtin:cascade?retries=1&fallback=spoken");
  const std::vector<std::string> said = texts_of_agent(tool);
  REQUIRE(std::find(said.begin(), said.end(), "I can't get that done right now.") != said.end());
  const RunResult cut =
      replay(recording, "{where: transcriber, at: {time: 1s}, do: {cut: {code: 1011}}}", "builtin:cascade");
  REQUIRE(count(cut, trace::EventKind::opened, "transcriber") >= 2);
  for (const char* fault : {"{where: synthesizer, at: {response: 3}, do: {stall: {after: 0}}}",
                            "{where: synthesizer, at: {response: 2, event: 3}, do: corrupt}",
                            "{where: transcriber, at: {response: 1}, do: {delay: 2s}}",
                            "{where: caller.audio, at: {time: 3s, for: 1s}, do: silence}",
                            "{where: model, at: {response: 2}, do: rate_limit}"}) {
    CAPTURE(fault);
    REQUIRE(replay(recording, fault, "builtin:cascade?fallback=spoken").faults.at(0).fired > 0);
  }
}

TEST_CASE("the timeline of a cascade has its answers, calls and the interruption", "[cascade]") {
  const RunResult result = replay(make_call(), "", "builtin:cascade");
  const Timeline timeline = build_timeline(result.run, result.end);
  REQUIRE(timeline.responses.size() == 4);
  REQUIRE(timeline.calls.size() == 2);
  REQUIRE(timeline.calls[1].answered.has_value());
  REQUIRE(timeline.interruptions.size() == 1);
  REQUIRE(timeline.turns.size() == 2);
}

PropertyResult check(const RunResult& result, const Property& property) {
  return check_run(result, build_timeline(result.run, result.end), {.properties = {property}}).at(0);
}

TEST_CASE("the stages of a cascade's turns are measured at the transcriber, the model and the synthesizer",
          "[cascade]") {
  const RunResult result = replay(make_call(), "", "builtin:cascade");
  const Timeline timeline = build_timeline(result.run, result.end);
  REQUIRE(timeline.turn_ends.size() == 2);
  REQUIRE(timeline.caller.at(0).text == "Ada Lovelace");
  REQUIRE(timeline.cost.audio_in > seconds(10));
  REQUIRE(timeline.cost.audio_out > seconds(5));
  const Duration limit = seconds(3);
  const TurnLatency all{
      .end_of_turn = limit, .transcript = limit, .first_token = limit, .first_byte = limit, .play_out = limit};
  const PropertyResult held = check(result, all);
  CAPTURE(held.finding);
  REQUIRE(held.verdict == Verdict::held);
  const RunResult slow =
      replay(make_call(), "{where: synthesizer, at: {response: 3}, do: {delay: 5s}}", "builtin:cascade");
  REQUIRE(check(slow, TurnLatency{.first_token = limit}).verdict == Verdict::held);
  REQUIRE(check(slow, TurnLatency{.first_byte = limit}).verdict == Verdict::failed);
}

TEST_CASE("a cascade that keeps what it was interrupted in as said fails spoken_text", "[cascade]") {
  const RunResult result = replay(make_call(), "", "builtin:cascade");
  const PropertyResult kept = check(result, SpokenText{milliseconds(500)});
  REQUIRE(kept.verdict == Verdict::failed);
  REQUIRE_THAT(kept.evidence.at(0).text, Catch::Contains("there are no notes in your file"));
}

TEST_CASE("a cascade tells its model the conversation again after a connection was lost", "[cascade]") {
  const RunResult result =
      replay(make_call(), "{where: transcriber, at: {time: 1s}, do: {cut: {code: 1011}}}", "builtin:cascade");
  const Timeline timeline = build_timeline(result.run, result.end);
  REQUIRE(timeline.disconnections.size() == 1);
  REQUIRE(timeline.sessions.size() == 2);
  REQUIRE(check(result, ContextKept{}).finding == "lost in 0 of 1");
}

TEST_CASE("a typed script replays as written, with every vendor's model", "[cascade]") {
  for (const char* protocol : {"openai-chat", "openai-responses", "anthropic-messages"}) {
    const trace::Trace recording = testing::scenario_trace(std::string(R"(
ringback: 1
kind: chat
tools: [{name: add}, {name: multiply}]
protocol: )") + protocol + R"(
steps:
  - caller: Two and three?
  - tools:
      - {tool: add, arguments: {a: 2}, result: "5"}
      - {tool: multiply, arguments: {a: 2}, result: "6", latency: 2s}
  - agent: Five and six.
  - caller: And twice?
    after: 3s
  - tool: add
    arguments: {a: 2}
    result: "5"
  - tool: multiply
    arguments: {a: 4}
    result: "12"
  - agent: Twelve.
  - hang_up: caller
)");
    const RunResult result = replay(recording, "", "builtin:chat");
    REQUIRE_FALSE(result.divergence.has_value());
    REQUIRE(result.end == recording.events.back().at);
    REQUIRE(texts_of_agent(result) == std::vector<std::string>{"Five and six.", "Twelve."});
  }
}

TEST_CASE("what a kind of script does not have is refused with its line", "[cascade]") {
  const auto script = [](const std::string& head, const std::string& steps) {
    return [=] { testing::scenario_trace("ringback: 1\n" + head + "steps:\n" + steps); };
  };
  const std::string tools = "tools: [{name: a}]\n";
  REQUIRE_THROWS_WITH(script("kind: fax\n", "  - agent: Hi.\n")(), Catch::Contains("expected kind realtime, chat or"));
  REQUIRE_THROWS_WITH(script("kind: chat\nprotocol: gopher\n", "  - agent: Hi.\n")(),
                      Catch::Contains("expected protocol openai-chat"));
  REQUIRE_THROWS_WITH(script(tools, "  - agent: Hi.\n  - tools: [{tool: a}, {tool: a}]\n")(),
                      Catch::Contains("one tool after the other"));
  REQUIRE_THROWS_WITH(script("kind: chat\n" + tools, "  - agent: Hi.\n  - tools: [{tool: a}]\n")(),
                      Catch::Contains("at least two tools"));
  REQUIRE_THROWS_WITH(script("kind: chat\n", "  - agent: Hi.\n  - caller: Ho.\n    interrupts: 1s\n")(),
                      Catch::Contains("nobody is interrupted"));
  REQUIRE_THROWS_WITH(script("kind: cascade\n", "  - caller: Ho.\n  - hang_up: caller\n")(),
                      Catch::Contains("expected an agent's line or a tool"));
}

}  // namespace
}  // namespace ringback::sim
