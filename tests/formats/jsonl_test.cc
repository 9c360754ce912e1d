#include "src/formats/jsonl.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "src/base/error.h"
#include "src/trace/content_root.h"
#include "tests/support/any_trace.h"

namespace ringback::formats {
namespace {

using trace::Trace;

std::string written(const Trace& trace) {
  MemorySink sink;
  write_jsonl(trace, sink);
  return sink.data();
}

Digest digest_of(const Trace& trace) {
  trace::ContentRoot root;
  for (const trace::Event& event : trace.events) root.add(event);
  return root.finish();
}

// A file with a header, a channel "model", and these lines.
std::string file_with(std::string_view lines) {
  return std::string(R"({"ringback":"jsonl","version":1,"metadata":{}}
{"at_ns":0,"kind":"channel_declared","direction":"none","origin":"captured","id":1,"channel_kind":"model","name":"model"}
)") + std::string(lines);
}

// A message on the model channel with some fields in place of `text`.
std::string message_with(std::string_view fields) {
  return file_with(R"({"at_ns":5,"channel":"model","kind":"message","direction":"to_agent","origin":"captured",)" +
                   std::string(fields) + "}\n");
}

std::string complaint_about(const std::string& file) {
  try {
    read_jsonl("call.jsonl", file);
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

TEST_CASE("any trace reads back from its JSON lines as it was") {
  const bool held = rc::check([] {
    const Trace before = *trace::any_trace();
    const Trace after = read_jsonl("memory", written(before));
    RC_ASSERT(after.events == before.events);
    RC_ASSERT(after.metadata == before.metadata);
    RC_ASSERT(after.channels.channels() == before.channels.channels());
    RC_ASSERT(digest_of(after) == digest_of(before));
  });
  CHECK(held);
}

TEST_CASE("JSON lines read as people would write them") {
  Trace trace;
  trace.metadata["origin"] = "scenario";
  const auto model = trace.declare({.kind = trace::ChannelKind::model, .name = "model", .encoding = "openai-realtime"});
  trace.add(make_event({.at = VirtualTime::from_ns(20'000'000),
                        .channel = model,
                        .direction = trace::Direction::to_agent,
                        .exchange = 2},
                       trace::Message{.text = "{\"type\":\"x\"}"}));
  trace.add(make_event({.at = VirtualTime::from_ns(-1), .channel = model, .direction = trace::Direction::from_agent},
                       trace::Message{.text = "\xff"}));
  trace.add(make_event({.channel = model}, trace::Binary{.data = "ab"}));
  trace.add(make_event({.channel = model}, trace::FaultFired{.fault = "cut", .original_kind = 33, .original = "x"}));
  trace.add({.channel = model, .kind = static_cast<trace::EventKind>(999), .body = "zz"});
  CHECK(written(trace) ==
        R"({"ringback":"jsonl","version":1,"metadata":{"origin":"scenario"}}
{"at_ns":0,"kind":"channel_declared","direction":"none","origin":"captured","id":1,"channel_kind":"model","name":"model","encoding":"openai-realtime"}
{"at_ns":20000000,"channel":"model","kind":"message","direction":"to_agent","origin":"captured","exchange":2,"text":"{\"type\":\"x\"}"}
{"at_ns":-1,"channel":"model","kind":"message","direction":"from_agent","origin":"captured","text":{"base64":"/w=="}}
{"at_ns":0,"channel":"model","kind":"binary","direction":"none","origin":"captured","data":"YWI="}
{"at_ns":0,"channel":"model","kind":"fault_fired","direction":"none","origin":"captured","fault":"cut","original_kind":"message","original":"eA=="}
{"at_ns":0,"channel":"model","kind":999,"direction":"none","origin":"captured","raw":"eno="}
)");
}

TEST_CASE("the names of an event's head are no body field's name, in any kind") {
  const std::vector<std::string_view> head = {"at_ns", "channel", "kind", "direction", "origin", "exchange", "raw"};
  struct Names {
    const std::vector<std::string_view>& head;
    void operator()(std::uint8_t, const char* name, const std::int64_t&) const { expect_new(name); }
    void operator()(std::uint8_t, const char* name, const Bytes&, trace::FieldForm) const { expect_new(name); }
    void expect_new(std::string_view name) const { CHECK(std::find(head.begin(), head.end(), name) == head.end()); }
  };
  for (int number = 0; number < 256; ++number) {
    trace::with_body_type(static_cast<trace::EventKind>(number), [&]<class Body>() {
      const Body body;
      Body::describe(body, Names{head});
    });
  }
}

TEST_CASE("a kind that this version does not know keeps its number and its octets") {
  Trace trace;
  trace.add({.kind = static_cast<trace::EventKind>(60'000), .body = "\x01\xff"});
  trace.add({.kind = static_cast<trace::EventKind>(60'000)});
  CHECK(read_jsonl("memory", written(trace)).events == trace.events);
}

TEST_CASE("integers keep all of their 64 bits") {
  for (const std::int64_t value : {INT64_MAX, INT64_MIN, (std::int64_t{1} << 53) + 1}) {
    Trace trace;
    trace.add(make_event({.at = VirtualTime::from_ns(value)}, trace::ProcessExited{.status = value}));
    CHECK(read_jsonl("memory", written(trace)).events == trace.events);
  }
}

TEST_CASE("blank lines, carriage returns and a missing last line feed are no mistake") {
  CHECK(read_jsonl("a", "\n" + file_with("\r\n  \n")).channels.channels().size() == 1);
  CHECK(read_jsonl("a", R"({"ringback":"jsonl","version":1})").events.empty());
}

TEST_CASE("what is wrong with a line is said with file, line, expected and found") {
  CHECK(complaint_about("") == R"(call.jsonl: line 1: expected {"ringback":"jsonl",...}, found the end)");
  CHECK(complaint_about("[]") == R"(call.jsonl: line 1: expected {"ringback":"jsonl","version":1,...}, found [])");
  CHECK(complaint_about(R"({"ringback":"jsonl","version":2})") ==
        "call.jsonl: line 1: field 'version': expected an integer of 1 to 1, found 2");
  CHECK(complaint_about(R"({"ringback":"jsonl","version":1,"metadata":[]})") ==
        "call.jsonl: line 1: field 'metadata': expected an object, found []");
  CHECK(complaint_about(file_with("{\"at_ns\":}\n")) ==
        "call.jsonl: line 3: column 10: expected one JSON object, found: syntax error");
  CHECK(complaint_about(file_with("{\"at_ns\"\n")) ==
        "call.jsonl: line 3: column 9: expected one JSON object, found: incomplete JSON");
  CHECK(complaint_about(file_with("{} {}\n")) ==
        "call.jsonl: line 3: column 4: expected one JSON object, found: more after its end");
  CHECK(complaint_about(file_with("7\n")) == "call.jsonl: line 3: expected an object, found 7");
  CHECK(complaint_about(file_with("{}\n")) == "call.jsonl: line 3: expected a field 'at_ns', found none");
  CHECK(complaint_about(message_with(R"("text":7)")) ==
        R"(call.jsonl: line 3: field 'text': expected a string or {"base64": "..."}, found 7)");
  CHECK(complaint_about(message_with(R"("text":{"base64":"a"})")) ==
        R"(call.jsonl: line 3: field 'text': expected canonical base64, found "a")");
  CHECK(complaint_about(message_with(R"("txet":"a")")) ==
        "call.jsonl: line 3: field 'txet' is not known here (did you mean 'text'?)");
  CHECK(complaint_about(message_with(R"("text":"a","raw":"")")) ==
        "call.jsonl: line 3: field 'text' is not known here");
  CHECK(complaint_about(message_with(R"("exchange":4294967296)")) ==
        "call.jsonl: line 3: field 'exchange': expected an integer of 0 to 4294967295, found 4294967296");
  CHECK(complaint_about(file_with(R"({"at_ns":1.5,"kind":"clear"})")) ==
        "call.jsonl: line 3: field 'at_ns': expected an integer of -9223372036854775808 to 9223372036854775807, found "
        "1.5E0");
  CHECK(complaint_about(file_with(R"({"at_ns":9223372036854775808,"kind":"clear"})")) ==
        "call.jsonl: line 3: field 'at_ns': expected an integer of -9223372036854775808 to 9223372036854775807, found "
        "9223372036854775808");
  CHECK(complaint_about(file_with(R"({"at_ns":1,"channel":"modle","kind":"clear"})")) ==
        "call.jsonl: line 3: field 'channel': no channel \"modle\" was declared before (did you mean 'model'?)");
  CHECK(complaint_about(file_with(R"({"at_ns":1,"kind":"mesage","direction":"none","origin":"captured"})")) ==
        "call.jsonl: line 3: field 'kind': expected an event kind, found 'mesage' (did you mean 'message'?)");
  CHECK(
      complaint_about(file_with(R"({"at_ns":1,"channel":3,"kind":"clear","direction":"none","origin":"captured"})")) ==
      "call.jsonl: line 3: an event on channel 3 comes before its declaration");
}

TEST_CASE("a line nested deeper than any event is refused before it is built") {
  CHECK_THAT(complaint_about(file_with("[[[[[[[[1]]]]]]]]\n")),
             Catch::Contains("line 3") && Catch::Contains("too deep"));
}

TEST_CASE("a line longer than the largest event is refused") {
  std::string file = file_with("");
  file.append(kJsonlLineBytesMax + 1, ' ');
  file.insert(file.size() - 1, "x");
  CHECK_THAT(complaint_about(file), Catch::Contains("line 3: expected a line of at most"));
}

TEST_CASE("a body larger than any trace holds is refused") {
  const std::string file = message_with("\"text\":\"" + std::string(trace::kBodyBytesMax, 'a') + "\"");
  CHECK_THAT(complaint_about(file),
             Catch::Contains("line 3: expected a body of at most 16777216 octets, found 16777221"));
}

TEST_CASE("metadata beyond its limits is refused") {
  std::string entries;
  for (std::size_t i = 0; i <= trace::kMetadataEntriesMax; ++i) {
    entries += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":\"\"";
  }
  CHECK_THAT(complaint_about(R"({"ringback":"jsonl","version":1,"metadata":{)" + entries + "}}"),
             Catch::Contains("expected at most 1024 entries, found 1025"));
  const std::string large(trace::kMetadataBytesMax, 'a');
  CHECK_THAT(complaint_about(R"({"ringback":"jsonl","version":1,"metadata":{"k":")" + large + "\"}}"),
             Catch::Contains("expected at most 1048576 octets, found 1048577"));
}

TEST_CASE("a file cut anywhere is refused or reads as the events before the cut") {
  const bool held = rc::check([] {
    const Trace before = *trace::any_trace();
    const std::string whole = written(before);
    const auto length = *rc::gen::inRange<std::size_t>(0, whole.size() + 1);
    try {
      const Trace after = read_jsonl("cut", std::string_view(whole).substr(0, length));
      RC_ASSERT(after.events.size() <= before.events.size());
      RC_ASSERT(std::equal(after.events.begin(), after.events.end(), before.events.begin()));
    } catch (const Error& error) {
      RC_ASSERT(std::string_view(error.what()).substr(0, 10) == "cut: line ");
    }
  });
  CHECK(held);
}

}  // namespace
}  // namespace ringback::formats
