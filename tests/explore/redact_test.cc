#include "sim/explore/redact.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "sim/explore/redact_text.h"
#include "src/base/error.h"
#include "tests/explore/voice_subject.h"
#include "tests/support/typed_call.h"

namespace ringback::sim {
namespace {

Repro silence() {
  Repro repro{.recording = testing::make_typed_call(),
              .agent = "builtin:voice",
              .expectations = default_expectations(),
              .failure = {.property = "dead_air",
                          .channel = "tool:crm.lookup",
                          .operation = "call",
                          .cause = "malformed answer"},
              .certificate = {{.part = "fault broken", .digest = "0123456789abcdef"}},
              .made_by = "ringback test"};
  repro.recording.metadata["origin"] = "a secret";
  repro.one.schedule.faults = {{.id = "broken", .where = "tool:crm.lookup", .action = {.name = ActionName::malformed}}};
  return repro;
}

std::string all_of(const trace::Trace& trace) {
  std::string text;
  for (const auto& [key, value] : trace.metadata) text += key + value;
  for (const trace::Event& event : trace.events) text += event.body;
  return text;
}

}  // namespace

TEST_CASE("letters become x, digits 1, and the shape stays", "[redact]") {
  CHECK(redacted_text("Ada, 7 o'clock: \xC3\xA9t\xC3\xA9!") == "xxx, 1 x'xxxxx: xxx!");
  CHECK(redacted_json(R"({"name":"Ada \"B\"","ids":[42,-7.5,true,null],"\u00e9":"\u00e9\n"})") ==
        R"({"name":"xxx \"x\"","ids":[11,-1.1,true,null],"\u00e9":"x\n"})");
  CHECK(redacted_json("plain, not {json") == "xxxxx, xxx {xxxx");
}

TEST_CASE("JSON that comes in pieces is redacted as the whole is", "[redact]") {
  const std::string whole = R"({"a\"b":"c\\\"d\u20acx","list":[{"k":"v 12"},"\n",7]})";
  const bool holds = rc::check([&] {
    JsonRedactor redactor;
    std::string out;
    for (std::size_t taken = 0; taken < whole.size();) {
      const auto length = *rc::gen::inRange<std::size_t>(1, 6);
      out += redactor.next(std::string_view(whole).substr(taken, length));
      taken += length;
    }
    RC_ASSERT(out == redacted_json(whole));
  });
  REQUIRE(holds);
}

TEST_CASE("a redacted repro fails in the same way, and says nothing of what was said", "[redact]") {
  Subject subject = voice_subject();
  const Redaction redaction = redact(subject, silence());
  CHECK(redaction.removed.size() == kContents.size());
  CHECK(redaction.kept.empty());
  CHECK(redaction.texts > 5);
  CHECK(redaction.unreadable == 0);
  const std::string before = all_of(silence().recording);
  const std::string after = all_of(redaction.repro.recording);
  for (const char* word : {"Ada", "find Ada", "Found", "secret"}) {
    INFO(word);
    CHECK(before.find(word) != std::string::npos);
    CHECK(after.find(word) == std::string::npos);
  }
  const Outcome outcome = subject.run(redaction.repro.recording, redaction.repro.one);
  CHECK((outcome.digest == redaction.repro.digest));
  CHECK(has_failure(outcome, silence().failure));
  CHECK(has_failure(subject.run(redaction.repro.recording, {}), silence().failure) == false);
  // Made anew: it is of other runs.
  REQUIRE(redaction.repro.certificate.size() == 1);
  CHECK(redaction.repro.certificate.front().digest != "0123456789abcdef");
  CHECK(redaction.repro.recording.metadata.at("redaction").find("what was said") != std::string::npos);
}

TEST_CASE("what the failure needs stays, and is told", "[redact]") {
  // It is over once the tool has answered with this very name.
  class Keeps final : public Agent {
   public:
    Task<void> run(AgentWorld& world) override {
      Task<ToolReply> asked = world.tools.call("lookup", R"({"name":"Ada"})");
      const ToolReply reply = co_await std::move(asked);
      if (reply.body.find("\"ada-1\"") != Bytes::npos) co_await sleep(world.kernel, world.lane, seconds(30));
      world.caller.send_text("Found.");
    }
  };
  Repro repro = silence();
  repro.failure = {};
  Subject subject({.make_agent = [](auto&&...) { return std::make_unique<Keeps>(); },
                   .expectations = parse_expectations("x", "ringback: 1\nproperties:\n  - dead_air: {max: 10s}\n")});
  std::vector<trace::Event> events = repro.recording.events.all();
  for (trace::Event& event : events) {
    if (event.kind != trace::EventKind::response) continue;
    event.body = trace::encode_body(trace::Response{.status = 200, .body = R"({"id":"ada-1"})"});
  }
  repro.recording.events = events;
  repro.one = {};
  const Outcome outcome = subject.run(repro.recording, {});
  REQUIRE(outcome.failures.size() == 1);
  repro.failure = outcome.failures.front().signature;
  const Redaction redaction = redact(subject, repro);
  CHECK(redaction.kept.contains(Content::answers));
  CHECK(redaction.removed.contains(Content::speech));
  CHECK(all_of(redaction.repro.recording).find("ada-1") != std::string::npos);
}

namespace {

// What is left of one body on a channel of a model; everything is removed.
Bytes redacted_body(trace::Event event, std::uint64_t& unreadable,
                    trace::ChannelKind kind = trace::ChannelKind::model) {
  trace::Trace recording;
  recording.declare({.id = 1, .kind = kind, .name = "model", .encoding = "openai-responses"});
  event.channel = 1;
  recording.add(std::move(event));
  const RedactedTrace result = redacted(
      recording, {Content::speech, Content::instructions, Content::arguments, Content::answers, Content::keys});
  unreadable = result.unreadable;
  return result.recording.events.all().back().body;
}

}  // namespace

TEST_CASE("a stream's lines lose their words, however they are written", "[redact]") {
  std::uint64_t unreadable = 0;
  const auto part = [&](BytesView octets) {
    const Bytes body = redacted_body(trace::make_event({}, trace::ResponsePart{.body = Bytes(octets)}), unreadable);
    return Bytes(trace::body_field(body, 1));
  };
  CHECK(part("event: delta\r\ndata:{\"text\":\"Ada\"}\r\n\r\ndata: [DONE]\n") ==
        "event: delta\r\ndata:{\"text\":\"xxx\"}\r\n\r\ndata: [DONE]\n");
  CHECK(unreadable == 0);
  // The second half of a line that came in two parts.
  CHECK(part(" Lovelace\",\"a\":\"b\"}\n\n").find("Lovelace") == Bytes::npos);
  CHECK(unreadable == 1);
}

TEST_CASE("words stand in requests in more than one way", "[redact]") {
  std::uint64_t unreadable = 0;
  for (const char* request :
       {R"({"input":"I am Ada"})", R"({"messages":[{"role":"assistant","refusal":"No, Ada"}]})",
        R"({"content":[{"type":"thinking","thinking":"Ada it is"}]})",
        R"({"content":[{"type":"tool_result","content":[{"type":"text","text":"{\"n\":\"Ada\"}"}]}]})"}) {
    const Bytes body = redacted_body(trace::make_event({}, trace::Request{.body = request}), unreadable);
    INFO(request);
    CHECK(body.find("Ada") == Bytes::npos);
  }
  const Bytes key =
      redacted_body(trace::make_event({}, trace::Dtmf{.digit = "7"}), unreadable, trace::ChannelKind::caller);
  CHECK(trace::body_field(key, 1) == "1");
}

TEST_CASE("text in a tool's result counts as the tool's answer", "[redact]") {
  trace::Trace recording;
  recording.declare({.id = 1, .kind = trace::ChannelKind::model, .name = "model", .encoding = "anthropic-messages"});
  recording.add(trace::make_event(
      {.channel = 1},
      trace::Request{.body = R"({"content":[{"type":"tool_result","content":[{"type":"text","text":"Ada"}]}]})"}));
  CHECK(redacted(recording, {Content::speech}).texts == 0);
  CHECK(redacted(recording, {Content::answers}).texts == 1);
}

TEST_CASE("a repro without its failure cannot be redacted", "[redact]") {
  Subject subject = voice_subject();
  Repro holds = silence();
  holds.one = {};
  CHECK_THROWS_AS(redact(subject, holds), Error);
}

}  // namespace ringback::sim
