#include "sim/explore/redact.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "sim/agents/voice.h"
#include "sim/explore/redact_text.h"
#include "src/base/error.h"
#include "tests/support/typed_call.h"

namespace ringback::sim {
namespace {

Subject voice_subject() {
  const VoiceOptions options = parse_voice_options(AgentSpec::parse("builtin:voice"));
  return Subject({.make_agent = [options](auto&&...) { return std::make_unique<VoiceAgent>(options); },
                  .expectations = default_expectations()});
}

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

TEST_CASE("a repro without its failure cannot be redacted", "[redact]") {
  Subject subject = voice_subject();
  Repro holds = silence();
  holds.one = {};
  CHECK_THROWS_AS(redact(subject, holds), Error);
}

}  // namespace ringback::sim
