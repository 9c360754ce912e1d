// Exports to timeline viewers and to OpenTelemetry.
#include <catch2/catch.hpp>

#include "src/formats/chrome_trace.h"
#include "src/formats/document.h"
#include "src/formats/otlp.h"
#include "src/formats/spans.h"

namespace ringback::formats {
namespace {

using Catch::Matchers::Contains;
using trace::Direction;

VirtualTime at(std::int64_t ms) { return VirtualTime() + milliseconds(ms); }

trace::Trace sample() {
  trace::Trace trace;
  const trace::ChannelId model = trace.declare({.kind = trace::ChannelKind::model,
                                                .name = "model",
                                                .encoding = "openai-chat",
                                                .url = "https://api.openai.com/v1/chat/completions"});
  const trace::ChannelId tool = trace.declare({.kind = trace::ChannelKind::tool, .name = "tool:find"});
  const trace::ChannelId sound =
      trace.declare({.kind = trace::ChannelKind::audio, .name = "caller.audio", .encoding = "mulaw", .rate = 8000});
  trace.add(trace::make_event({}, trace::RecordingFacts{.source = "x", .wall_start_ns = 1'000'000'000'000'000'000}));
  const auto add = [&](std::int64_t ms, trace::ChannelId channel, Direction direction, std::uint32_t exchange,
                       const auto& body) {
    trace.add(
        trace::make_event({.at = at(ms), .channel = channel, .direction = direction, .exchange = exchange}, body));
  };
  add(0, sound, Direction::to_agent, 0, trace::Audio{.samples = Bytes(160, '\x10')});
  add(20, sound, Direction::to_agent, 0, trace::Audio{.samples = Bytes(160, '\x10')});
  add(100, model, Direction::from_agent, 1,
      trace::Request{.operation = "POST /v1/chat/completions", .body = R"({"model":"gpt-4o"})"});
  add(350, model, Direction::to_agent, 1, trace::Response{.status = 200});
  add(360, model, Direction::to_agent, 1, trace::ResponsePart{.body = "a"});
  add(370, model, Direction::to_agent, 1, trace::ResponsePart{.body = "b"});
  add(380, tool, Direction::from_agent, 1, trace::Request{.operation = "find", .body = "{}"});
  add(385, model, Direction::to_agent, 0, trace::Message{.text = R"({"type":"session.created"})"});
  add(500, tool, Direction::to_agent, 1, trace::Failed{.reason = "reset"});
  add(1000, sound, Direction::to_agent, 0, trace::Audio{.samples = Bytes(160, '\x10')});
  return trace;
}

Bytes exported(const Exporter& exporter) {
  MemorySink sink;
  exporter.write(sample(), sink);
  return sink.data();
}

}  // namespace

TEST_CASE("a trace folds into exchanges, runs of sound and moments") {
  const std::vector<Span> spans = spans_of(sample());
  REQUIRE(spans.size() == 5);
  CHECK(spans[0].kind == Span::Kind::sound);
  CHECK(spans[0].end == at(40));
  CHECK(spans[1].name == "POST /v1/chat/completions");
  CHECK(spans[1].begin == at(100));
  CHECK(spans[1].first == at(350));
  CHECK(spans[1].end == at(370));
  CHECK(spans[1].parts == 2);
  CHECK(spans[2].failure == "reset");
  CHECK(spans[3].name == "session.created");
  CHECK(spans[4].begin == at(1000));
}

TEST_CASE("a timeline has a track for each channel, and is JSON") {
  const Bytes json = exported(chrome_trace_exporter());
  const Document document = parse_json_document("out.json", json);
  CHECK(document.root().at("traceEvents").list().size() == 1 + 3 + 5);
  CHECK_THAT(json, Contains(R"({"name":"thread_name","ph":"M","pid":1,"tid":2,"args":{"name":"tool:find"}})"));
  CHECK_THAT(
      json,
      Contains(
          R"({"name":"find","ph":"X","pid":1,"tid":2,"ts":380000.000,"dur":120000.000,"args":{"exchange":1,"status":0,"failure":"reset"}})"));
  CHECK_THAT(json, Contains(R"("name":"session.created","ph":"i")"));
}

TEST_CASE("OpenTelemetry spans carry the GenAI attributes, the wall clock, and the same ids each time") {
  const Bytes json = exported(otlp_exporter());
  CHECK(json == exported(otlp_exporter()));
  const Document document = parse_json_document("out.json", json);
  const Node& scope = document.root().at("resourceSpans").list().at(0).at("scopeSpans").list().at(0);
  const std::vector<Node>& spans = scope.at("spans").list();
  REQUIRE(spans.size() == 1 + 4);
  CHECK(spans[0].text_at("startTimeUnixNano") == "1000000000000000000");
  CHECK(spans[0].text_at("endTimeUnixNano") == "1000000001020000000");
  CHECK(spans[0].at("events").list().size() == 1);
  CHECK(spans[2].text_at("name") == "chat gpt-4o");
  CHECK(spans[2].integer_at("kind", 0, 9) == 3);
  CHECK(spans[2].text_at("parentSpanId") == spans[0].text_at("spanId"));
  CHECK(spans[2].text_at("traceId").size() == 32);
  CHECK(spans[2].text_at("spanId").size() == 16);
  const Bytes model = spans[2].json();
  CHECK_THAT(model, Contains(R"({"key":"gen_ai.provider.name","value":{"stringValue":"openai"}})"));
  CHECK_THAT(model, Contains(R"({"key":"gen_ai.response.time_to_first_chunk","value":{"doubleValue":0.250000000}})"));
  CHECK(spans[3].text_at("name") == "execute_tool find");
  CHECK(spans[3].at("status").integer_at("code", 0, 9) == 2);
}

}  // namespace ringback::formats
