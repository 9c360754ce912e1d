// The table of effects in docs/faults.md: every available fault on the clinic's call, and what it did to which
// property.
//
// RINGBACK_ACCEPT_GOLDEN=1 writes the table anew. Runs in the project's root.
#include <stdlib.h>

#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "sim/agents/builtin.h"
#include "sim/check/property.h"
#include "sim/faults/actions.h"
#include "sim/faults/parse.h"
#include "sim/run/run.h"
#include "src/host/file.h"
#include "src/trace/reader.h"
#include "tests/support/skip.h"

namespace ringback::sim {
namespace {

constexpr const char* kDocument = "docs/faults.md";
constexpr std::string_view kBegin = "<!-- effects: begin -->\n";
constexpr std::string_view kEnd = "<!-- effects: end -->\n";

struct Line {
  Family family;
  ActionName name;
  const char* fault;
};

// One fault of every kind, where it tells most.
const std::vector<Line> kLines = {
    {Family::tool, ActionName::status, "{where: \"tool:*\", do: {status: 500}}"},
    {Family::tool, ActionName::body, "{where: \"tool:*\", do: {body: \"{not-json\"}}"},
    {Family::tool, ActionName::malformed, "{where: \"tool:*\", do: malformed}"},
    {Family::tool, ActionName::wrong_schema, "{where: \"tool:*\", do: wrong_schema}"},
    {Family::tool, ActionName::huge, "{where: \"tool:*\", do: {huge: 100kB}}"},
    {Family::tool, ActionName::delay, "{where: \"tool:*\", do: {delay: 8s}}"},
    {Family::tool, ActionName::timeout, "{where: \"tool:*\", do: timeout}"},
    {Family::tool, ActionName::partial, "{where: \"tool:*\", do: {partial: {byte: 10}}}"},
    {Family::tool, ActionName::duplicate, "{where: \"tool:*\", do: duplicate}"},
    {Family::tool, ActionName::unknown_tool, "{where: \"tool:*\", do: unknown_tool}"},
    {Family::model, ActionName::cut, "{where: model, at: {response: 4, token: 5}, do: {cut: {code: 1011}}}"},
    {Family::model, ActionName::reset, "{where: model, at: {response: 4, token: 5}, do: reset}"},
    {Family::model, ActionName::stall, "{where: model, at: {response: 4}, do: {stall: {after: 2}}}"},
    {Family::model, ActionName::delay, "{where: model, at: {response: 4, event: 1}, do: {delay: 8s}}"},
    {Family::model, ActionName::slow, "{where: model, at: {response: 4}, do: {slow: {factor: 4}}}"},
    {Family::model, ActionName::corrupt, "{where: model, at: {response: 4}, do: corrupt}"},
    {Family::model, ActionName::malformed_tool_call, "{where: model, do: malformed_tool_call}"},
    {Family::model, ActionName::unknown_tool_call, "{where: model, do: unknown_tool_call}"},
    {Family::model, ActionName::drop_event, "{where: model, at: {response: 4}, do: drop_event}"},
    {Family::model, ActionName::duplicate_event, "{where: model, at: {response: 3}, do: duplicate_event}"},
    {Family::model, ActionName::reorder, "{where: model, at: {response: 4}, do: reorder}"},
    {Family::model, ActionName::rate_limit, "{where: model, at: {response: 4}, do: rate_limit}"},
    {Family::model, ActionName::error_event,
     "{where: model, at: {response: 4}, do: {error_event: {code: server_error}}}"},
    {Family::audio, ActionName::silence, "{where: caller.audio, at: {time: 10s, for: 5s}, do: silence}"},
    {Family::audio, ActionName::garble, "{where: caller.audio, do: {garble: {snr_db: 0}}}"},
    {Family::audio, ActionName::drop, "{where: caller.audio, do: {drop: 1/10}}"},
    {Family::audio, ActionName::jitter, "{where: agent.audio, do: {jitter: 60ms}}"},
    {Family::audio, ActionName::delay, "{where: agent.audio, do: {delay: 400ms}}"},
    {Family::audio, ActionName::clip, "{where: caller.audio, do: clip}"},
    {Family::audio, ActionName::dtmf, "{where: caller.audio, at: {time: 5s}, do: {dtmf: \"5\"}}"},
    {Family::transport, ActionName::reset, "{where: \"tool:*\", do: reset}"},
    {Family::transport, ActionName::half_open, "{where: model, at: {time: 20s}, do: half_open}"},
    {Family::transport, ActionName::blackhole, "{where: model, at: {time: 20s}, do: blackhole}"},
    {Family::transport, ActionName::throttle, "{where: model, do: {throttle: 8kB/s}}"},
    {Family::transport, ActionName::drop_reply, "{where: \"tool:*\", at: {call: 1}, do: drop_reply}"},
    {Family::transport, ActionName::refuse, "{where: model, do: refuse}"},
    {Family::transport, ActionName::dns_failure, "{where: \"tool:*\", do: dns_failure}"},
    {Family::transport, ActionName::tls_failure, "{where: \"tool:*\", do: tls_failure}"},
};

struct Subject {
  const char* trace;
  const char* agent;
};

// What a completion model and the sockets of a cascade make of the same.
const std::vector<Line> kChatLines = {
    {Family::tool, ActionName::status, "{where: tool:shop.replace_order, do: {status: 500}}"},
    {Family::tool, ActionName::body, "{where: tool:parcels.track, do: {body: \"{not-json\"}}"},
    {Family::tool, ActionName::timeout, "{where: tool:parcels.track, do: timeout}"},
    {Family::model, ActionName::cut, "{where: model, at: {response: 2, token: 5}, do: {cut: {code: 1006}}}"},
    {Family::model, ActionName::stall, "{where: model, at: {response: 2}, do: {stall: {after: 2}}}"},
    {Family::model, ActionName::corrupt, "{where: model, at: {response: 2}, do: corrupt}"},
    {Family::model, ActionName::malformed_tool_call, "{where: model, do: malformed_tool_call}"},
    {Family::model, ActionName::unknown_tool_call, "{where: model, do: unknown_tool_call}"},
    {Family::model, ActionName::rate_limit, "{where: model, at: {response: 1}, do: rate_limit}"},
    {Family::transport, ActionName::drop_reply, "{where: tool:shop.replace_order, at: {call: 1}, do: drop_reply}"},
    {Family::transport, ActionName::refuse, "{where: model, at: {occurrence: 2}, do: refuse}"},
};
const std::vector<Line> kCascadeLines = {
    {Family::tool, ActionName::body, "{where: \"tool:*\", do: {body: \"{not-json\"}}"},
    {Family::model, ActionName::stall, "{where: model, at: {response: 3}, do: {stall: {after: 2}}}"},
    {Family::model, ActionName::stall, "{where: synthesizer, at: {response: 3}, do: {stall: {after: 0}}}"},
    {Family::model, ActionName::delay, "{where: transcriber, at: {response: 1}, do: {delay: 4s}}"},
    {Family::model, ActionName::cut, "{where: transcriber, at: {time: 1s}, do: {cut: {code: 1011}}}"},
    {Family::transport, ActionName::half_open, "{where: transcriber, at: {time: 1s}, do: half_open}"},
    {Family::transport, ActionName::half_open, "{where: synthesizer, at: {time: 4s}, do: half_open}"},
    {Family::audio, ActionName::silence, "{where: caller.audio, at: {time: 3s, for: 3s}, do: silence}"},
};

struct Table {
  Subject subject;
  const std::vector<Line>& lines;
};
const std::vector<Table> kTables = {{{"clinic-lookup", "builtin:voice"}, kLines},
                                    {{"support-chat", "builtin:chat"}, kChatLines},
                                    {{"cascaded-call", "builtin:cascade"}, kCascadeLines}};

// Every property, with limits that the recorded calls keep.
std::vector<Property> all_properties() {
  return {DeadAir{seconds(5)},
          FirstAudio{milliseconds(2500)},
          FirstToken{milliseconds(2500)},
          Progress{seconds(5)},
          Fallback{seconds(4)},
          Recovery{seconds(10)},
          Answered{},
          Retries{.max = 3},
          IdenticalRequests{.max = 3},
          ExactlyOnce{},
          EffectsAfterHangUp{},
          UnacknowledgedEffects{},
          StaleResult{},
          SuccessClaimed{},
          BargeIn{milliseconds(500)},
          TalkOver{seconds(1)},
          MissedBargeIn{},
          FalseBargeIn{},
          CutIn{milliseconds(200)},
          Speaks{},
          Underruns{},
          Truncation{milliseconds(300)},
          SpokenText{seconds(1)},
          ContextKept{},
          EndsCleanly{}};
}

std::string effect(const Subject& subject, const trace::Trace& recording, const char* fault) {
  const Schedule schedule = parse_schedule("overlay.yaml", fmt::format("ringback: 1\nfaults:\n  - {}\n", fault));
  const std::unique_ptr<Agent> agent = make_builtin_agent(AgentSpec::parse(subject.agent));
  const RunResult result = run_scenario({.recording = recording, .schedule = schedule}, *agent);
  const Timeline timeline = build_timeline(result.run, result.end);
  std::string failed;
  std::string held_if;
  for (const PropertyResult& answer : check_run(result, timeline, {.properties = all_properties()})) {
    if (answer.verdict == Verdict::failed)
      failed += fmt::format("{}`{}` {}", failed.empty() ? "" : "; ", name_of(answer.property), answer.finding);
    if (answer.verdict == Verdict::held_if)
      held_if += fmt::format("{}`{}`", held_if.empty() ? "" : ", ", name_of(answer.property));
  }
  return fmt::format("| `{}` | {} | {} | {} | {} |\n", fault, result.faults.at(0).fired, result.ended_by,
                     failed.empty() ? "nothing" : failed, held_if);
}

std::string effects_table() {
  std::string table;
  for (const auto& [subject, lines] : kTables) {
    table += fmt::format("On `{}` with `{}`:\n\n", subject.trace, subject.agent);
    table += "| fault | acted | call ended by | what failed | held if the model apologises |\n|---|---|---|---|---|\n";
    auto source = host::open_source(fmt::format("traces/{}.rbt", subject.trace));
    const trace::Trace recording = trace::read_trace(*source);
    for (const Line& line : lines) table += effect(subject, recording, line.fault);
    table += "\n";
  }
  table.pop_back();
  return table;
}

}  // namespace

TEST_CASE("the table of effects has every available fault", "[faults]") {
  std::vector<std::pair<Family, ActionName>> available;
  for (const ActionRow& row : action_table()) {
    // The agent of this table runs inside ringback and has no process.
    if (row.is_available && row.family != Family::process) available.emplace_back(row.family, row.name);
  }
  std::vector<std::pair<Family, ActionName>> shown;
  for (const Line& line : kLines) shown.emplace_back(line.family, line.name);
  CHECK((shown == available));
}

TEST_CASE("the table of effects in the documentation is what the faults do", "[faults]") {
  std::ifstream file(kDocument, std::ios::binary);
  std::ostringstream stream;
  stream << file.rdbuf();
  const std::string text = stream.str();
  const std::size_t begin = text.find(kBegin);
  const std::size_t end = text.find(kEnd);
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  const std::size_t start = begin + kBegin.size();
  const std::string table = effects_table();
  if (getenv("RINGBACK_ACCEPT_GOLDEN") != nullptr) {
    std::ofstream out(kDocument, std::ios::binary);
    out << text.substr(0, start) << table << text.substr(end);
    REQUIRE(out.good());
    return skip("wrote the table of effects anew");
  }
  INFO("RINGBACK_ACCEPT_GOLDEN=1 writes the table anew");
  CHECK(text.substr(start, end - start) == table);
}

}  // namespace ringback::sim
