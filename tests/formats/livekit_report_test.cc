#include "src/formats/livekit_report.h"

#include <catch2/catch.hpp>

#include "src/base/error.h"
#include "src/formats/jsonl.h"

namespace ringback::formats {
namespace {

using Catch::Matchers::Contains;

const std::string kReport = R"({"job_id":"j","room_id":"r","room":"x","events":[
{"type":"agent_state_changed","new_state":"listening","created_at":1755521229.5},
{"type":"conversation_item_added","created_at":1755521230.0,"item":{"type":"message","role":"user","content":["Hello"]}},
{"type":"function_tools_executed","created_at":1755521232.0,
 "function_calls":[{"call_id":"c1","name":"find","arguments":"{\"password\":\"p\"}","created_at":1755521230.5}],
 "function_call_outputs":[{"call_id":"c1","output":"none","is_error":true,"created_at":1755521231.5}]},
{"type":"conversation_item_added","created_at":1755521233.0,"item":{"type":"message","role":"assistant","content":["Sorry",{"type":"image"}]}}],
"timestamp":1755521240.0})";

}  // namespace

TEST_CASE("a session report gives what was said and the tools that ran, at their times") {
  const trace::Trace trace = import_livekit_report("a.json", kReport);
  std::string lines;
  for (const trace::Event& event : trace.events) append_jsonl_event(event, trace.channels, lines);
  CHECK_THAT(
      lines,
      Contains(
          R"("at_ns":500000000,"channel":"caller","kind":"text","direction":"to_agent","origin":"captured","text":"Hello")"));
  CHECK_THAT(
      lines,
      Contains(
          R"("at_ns":1000000000,"channel":"tool:find","kind":"request","direction":"from_agent","origin":"captured","exchange":1,"operation":"find","body":"{\"password\":\"removed\"}")"));
  CHECK_THAT(
      lines,
      Contains(
          R"("at_ns":2000000000,"channel":"tool:find","kind":"response","direction":"to_agent","origin":"captured","exchange":1,"status":500,"body":"none")"));
  CHECK_THAT(
      lines,
      Contains(
          R"("at_ns":3500000000,"channel":"caller","kind":"text","direction":"from_agent","origin":"captured","text":"Sorry")"));
  CHECK(trace.facts().times.empty());
  CHECK(trace.facts().audio == "none");
  CHECK(trace.facts().wall_start_ns == 1'755'521'229'500'000'000);
  CHECK(trace.metadata.at("redaction") == "json field password");
}

TEST_CASE("a damaged session report is refused or read as far as it is one") {
  CHECK_THROWS_WITH(import_livekit_report("a.json", R"({"events":[]})"),
                    Contains("a.json: line 1: expected at least one event"));
  CHECK_THROWS_WITH(import_livekit_report("a.json", R"({"events":[{"created_at":"x","type":"y"}]})"),
                    Contains("a.json: line 1: expected a number"));
  for (std::size_t i = 0; i < kReport.size(); i += 2) {
    for (const bool is_cut : {true, false}) {
      std::string damaged = is_cut ? kReport.substr(0, i) : kReport;
      if (!is_cut) damaged[i] = static_cast<char>(damaged[i] ^ 0x11);
      try {
        import_livekit_report("damaged", damaged);
      } catch (const Error& error) {
        CHECK(std::string(error.what()).starts_with("damaged"));
      }
    }
  }
}

}  // namespace ringback::formats
