// The formats of HTTP recordings, and what they share.
#include <catch2/catch.hpp>

#include "src/base/base64.h"
#include "src/base/error.h"
#include "src/formats/go_vcr.h"
#include "src/formats/har.h"
#include "src/formats/http_exchange.h"
#include "src/formats/httprr.h"
#include "src/formats/ruby_vcr.h"
#include "src/formats/stream_split.h"
#include "src/formats/vcrpy.h"
#include "src/formats/wall_time.h"

namespace ringback::formats {
namespace {

using Catch::Matchers::Contains;
using trace::EventKind;

// Every event but declarations and facts, one a line: "model 1 300ms response 200 ...".
std::string told(const trace::Trace& trace) {
  std::string text;
  for (const trace::Event& event : trace.events) {
    if (event.channel == trace::kControlChannel) continue;
    text += fmt::format("{} {} {} {}", trace.channels.find(event.channel)->name, event.exchange,
                        to_text(event.at.since_start()), name_of(event.kind));
    if (event.kind == EventKind::request) {
      const auto request = trace::body_of<trace::Request>(event);
      text += fmt::format(" {} {} [{}]", request.operation, request.body, request.headers);
    } else if (event.kind == EventKind::response) {
      const auto response = trace::body_of<trace::Response>(event);
      text += fmt::format(" {} {} [{}]", response.status, response.body, response.headers);
    } else if (event.kind == EventKind::response_part) {
      text += " " + trace::body_of<trace::ResponsePart>(event).body;
    } else if (event.kind == EventKind::failed) {
      text += " " + trace::body_of<trace::Failed>(event).reason;
    }
    text += "\n";
  }
  return text;
}

const std::string kVcrpy = R"(interactions:
- request:
    headers:
      accept: [application/json]
      authorization: [Bearer abc]
      content-length: ['12']
    method: POST
    parsed_body: {model: m, messages: [{role: user, content: "hi"}], temperature: 1.50}
    uri: https://api.example.com/v1/chat/completions?api_key=abc&x=1
  response:
    body:
      string: "data: {\"a\":1}\n\ndata: {\"b\":2}\n\ndata: [DONE]\n\n"
    headers:
      content-type: [text/event-stream; charset=utf-8]
      set-cookie: [a=b]
    status: {code: 200, message: OK}
- request:
    body: !!binary aGVsbG8=
    headers: {}
    method: PUT
    uri: https://tools.example.com/files/1
  response:
    body: {string: ''}
    headers: {}
    status: {code: 204, message: No Content}
version: 1
)";

}  // namespace

TEST_CASE("a vcrpy cassette becomes exchanges with a model and with tools, paced by the rule") {
  const trace::Trace trace = import_vcrpy("a.yaml", kVcrpy);
  CHECK(told(trace) ==
        "caller 0 0s call_started\ncaller 0 0s text\n"
        "model 1 0s request POST /v1/chat/completions?api_key=removed&x=1 "
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"temperature\":1.50} "
        "[accept: application/json\n]\n"
        "model 1 300ms response 200  [content-type: text/event-stream; charset=utf-8\n]\n"
        "model 1 310ms response_part data: {\"a\":1}\n\n\n"
        "model 1 320ms response_part data: {\"b\":2}\n\n\n"
        "model 1 330ms response_part data: [DONE]\n\n\n"
        "tool:tools.example.com/files/1 1 330ms request PUT /files/1 hello []\n"
        "tool:tools.example.com/files/1 1 530ms response 204  []\n");
  const trace::Channel* model = trace.channels.find("model");
  REQUIRE(model != nullptr);
  CHECK(model->encoding == "openai-chat");
  CHECK(model->url == "https://api.example.com/v1/chat/completions");
  CHECK(trace.facts().source == "vcrpy");
  CHECK(trace.facts().times == "synthetic");
  CHECK(trace.facts().audio == "none");
  CHECK(trace.metadata.at("redaction") ==
        "query field api_key, request header authorization, response header set-cookie");
}

TEST_CASE("a damaged vcrpy cassette is refused with file, line and cause") {
  CHECK_THROWS_WITH(import_vcrpy("a.yaml", "interactions: []\nversion: 1\n"),
                    Contains("a.yaml: line 1: expected at least one exchange, found none"));
  CHECK_THROWS_WITH(import_vcrpy("a.yaml", "interactions:\n- request: {method: GET}\n  response: {}\nversion: 1\n"),
                    Contains("a.yaml: line 2: expected \"uri\""));
  CHECK_THROWS_WITH(import_vcrpy("a.yaml", "interactions: [\n"), Contains("a.yaml: line"));
  CHECK_THROWS_WITH(import_vcrpy("a.yaml", "interactions: []\nversion: 7\n"),
                    Contains("line 2: expected a whole number 1 to 1, found 7"));
  for (std::size_t cut = 0; cut < kVcrpy.size(); cut += 7) {
    try {
      import_vcrpy("a.yaml", BytesView(kVcrpy).substr(0, cut));
    } catch (const Error&) {
      SUCCEED();
    }
  }
}

TEST_CASE("a go-vcr cassette keeps its durations as latencies") {
  const std::string text = R"(---
version: 2
interactions:
- id: 0
  request:
    body: '{"n":1}'
    headers: {X-Api-Key: [secret]}
    url: https://api.anthropic.com/v1/messages
    method: POST
  response:
    body: |+
      event: a
      data: 1

      event: b
      data: 2

    headers: {Content-Type: [text/event-stream]}
    status: 200 OK
    code: 200
    duration: 1m1.25s
- id: 1
  request: {url: 'https://api.anthropic.com/v1/messages', method: POST}
  response: {code: 529, duration: 376.097125ms}
)";
  const trace::Trace trace = import_go_vcr("b.yaml", text);
  CHECK(told(trace) ==
        "model 1 0s request POST /v1/messages {\"n\":1} []\n"
        "model 1 61.25s response 200  [content-type: text/event-stream\n]\n"
        "model 1 61.26s response_part event: a\ndata: 1\n\n\n"
        "model 1 61.27s response_part event: b\ndata: 2\n\n\n"
        "model 2 61.27s request POST /v1/messages  []\n"
        "model 2 61.646097125s response 529  []\n");
  CHECK(trace.facts().times == "latencies");
  for (const char* bad : {"1.5", "1x", "-1s", "99999h", "s", "''"}) {
    const std::string damaged = fmt::format(
        "version: 2\ninteractions:\n- id: 0\n  request: {{url: 'http://a', method: GET}}\n"
        "  response: {{code: 200, duration: {}}}\n",
        bad);
    CHECK_THROWS_WITH(import_go_vcr("b.yaml", damaged), Contains("b.yaml: line 5: expected a duration"));
  }
}

TEST_CASE("a Ruby cassette may tag binary bodies in its own way") {
  const std::string text =
      "---\nhttp_interactions:\n- request:\n    method: post\n    uri: http://localhost:11434/api/chat\n"
      "    body: {encoding: UTF-8, string: '{}'}\n    headers: {Authorization: [Bearer x]}\n"
      "  response:\n    status: {code: 200, message: OK}\n    headers: {Content-Type: [application/x-ndjson]}\n"
      "    body:\n      encoding: ASCII-8BIT\n      string: !binary |-\n        eyJhIjoxfQp7ImIiOjJ9Cg==\n"
      "  recorded_at: Wed, 19 Aug 2026 14:41:33 GMT\nrecorded_with: VCR 6.4.0\n";
  CHECK(told(import_ruby_vcr("c.yml", text)) ==
        "model 1 0s request POST /api/chat {} []\n"
        "model 1 300ms response 200  [content-type: application/x-ndjson\n]\n"
        "model 1 310ms response_part {\"a\":1}\n\n"
        "model 1 320ms response_part {\"b\":2}\n\n");
  CHECK_THROWS_WITH(
      import_ruby_vcr("c.yml",
                      "http_interactions:\n- request: {method: get, uri: a, body: {string: !binary '*'}}\n"
                      "  response: {status: {code: 200}}\n"),
      Contains("c.yml: line 2: expected base64"));
}

TEST_CASE("an httprr log is read by its lengths, and chunk framing is taken off") {
  const std::string request =
      "POST https://api.example.com/v1/chat/completions HTTP/1.1\r\nHost: api.example.com\r\n\r\n{}";
  const std::string response =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  const std::string log =
      fmt::format("httprr trace v1\n{} {}\n{}{}", request.size(), response.size(), request, response);
  CHECK(told(import_httprr("d.httprr", log)) ==
        "model 1 0s request POST /v1/chat/completions {} [host: api.example.com\n]\n"
        "model 1 300ms response 200 hello [content-type: text/plain\n]\n");
  CHECK_THROWS_WITH(import_httprr("d.httprr", log.substr(0, log.size() - 1)), Contains("d.httprr: byte 16: expected"));
  CHECK_THROWS_WITH(import_httprr("d.httprr", "httprr trace v1\n"), Contains("expected at least one exchange"));
  CHECK_THROWS_WITH(import_httprr("d.httprr", "httprr trace v2\n"), Contains("byte 0: expected \"httprr trace v1\""));
  CHECK_THROWS_WITH(import_httprr("d.httprr", "httprr trace v1\n12\n"), Contains("expected a line with two lengths"));
}

TEST_CASE("an HTTP archive keeps its times, in JSON and in YAML") {
  const std::string json = R"({"log":{"version":"1.2","creator":{"name":"x"},"entries":[
{"startedDateTime":"2025-03-14T16:10:15.000Z","time":20,"request":{"method":"GET","url":"http://u:p@h/b?token=1","headers":[]},
 "response":{"status":0,"statusText":"","headers":[],"content":{}},"timings":{"send":-1,"wait":20,"receive":0}},
{"startedDateTime":"2025-03-14T17:10:14.500+01:00","time":260,
 "request":{"method":"POST","url":"https://h/a","headers":[{"name":"Cookie","value":"c"}],"postData":{"mimeType":"text/plain","text":"q"}},
 "response":{"status":200,"headers":[{"name":"Content-Encoding","value":"gzip"}],"content":{"encoding":"base64","text":"aGk="}},
 "timings":{"send":0.5,"wait":259.5,"receive":10}}]}})";
  const std::string expected =
      "tool:h/a 1 0s request POST /a q []\n"
      "tool:h/a 1 260ms response 200 hi []\n"
      "tool:h/b 1 500ms request GET /b?token=removed  []\n"
      "tool:h/b 1 520ms failed no answer was recorded\n";
  const trace::Trace trace = import_har("e.har", "\xEF\xBB\xBF" + json);
  CHECK(told(trace) == expected);
  CHECK(trace.facts().wall_start_ns == 1'741'968'614'500'000'000);
  CHECK(trace.facts().times.empty());
  CHECK(trace.metadata.at("redaction") == "query field token, request header cookie, user of a url");
  CHECK_THROWS_WITH(import_har("e.har", json.substr(0, json.size() - 2)), Contains("e.har: line 7:"));

  const std::string yaml = R"(log:
  creator: {name: Polly.JS}
  entries:
    - request:
        method: POST
        url: https://h/a
        headers: []
        postData:
          textJSON:
            n: 1
      response:
        status: 200
        headers:
          - name: content-encoding
            value: gzip
        content:
          encoding: base64
          text: "[\"H4sIAAAAAAAAAw==\",\"y8gEAKwqk9gCAAAA\"]"
      startedDateTime: 2025-03-14T16:10:14.703Z
      time: 259
)";
  CHECK(told(import_har("f.har.yaml", yaml)) ==
        "tool:h/a 1 0s request POST /a {\"n\":1} []\n"
        "tool:h/a 1 259ms response 200 hi []\n");
}

TEST_CASE("an HTTP archive's WebSocket connections become streams of messages, Realtime sessions a model's") {
  const std::string entry = R"("startedDateTime":"2025-03-14T16:10:15.000Z","time":20,"response":{"status":101})";
  const auto archive = [&](const std::string& url, const std::string& messages) {
    return fmt::format(
        R"({{"log":{{"entries":[{{"startedDateTime":"2025-03-14T16:10:14.000Z","time":5,"request":{{"method":"GET","url":"https://h/a"}},"response":{{"status":204}}}},
{{{},"request":{{"method":"GET","url":"{}"}},"_webSocketMessages":[{}]}}]}}}})",
        entry, url, messages);
  };
  const trace::Trace plain =
      import_har("a.har", archive("wss://h/s?token=1", R"({"type":"send","time":1741968615.5,"opcode":1,"data":"hello"},
{"type":"receive","time":1741968616.25,"opcode":2,"data":"AAEC"},{"type":"receive","time":1741968616,"opcode":1,"data":"late"})"));
  CHECK(plain.channels.find("tool:h/a") != nullptr);
  const trace::Channel* socket = plain.channels.find("tool:h/s");
  REQUIRE(socket != nullptr);
  CHECK(socket->encoding == "websocket");
  std::vector<trace::Event> events;
  for (const trace::Event& event : plain.events) {
    if (event.channel == socket->id) events.push_back(event);
  }
  REQUIRE(events.size() == 4);
  CHECK(trace::body_of<trace::Opened>(events[0]).url == "wss://h/s?token=removed");
  CHECK(events[0].at == VirtualTime() + seconds(1));
  CHECK(events[1].at == VirtualTime() + milliseconds(1500));
  CHECK(events[1].direction == trace::Direction::from_agent);
  CHECK(trace::body_of<trace::Binary>(events[2]).data == Bytes("\0\1\2", 3));
  CHECK(events[3].at == VirtualTime() + milliseconds(2250));
  CHECK(plain.facts().wall_start_ns == 1'741'968'614'000'000'000);

  for (const char* delta : {"response.audio_transcript.delta", "response.output_audio_transcript.delta"}) {
    const trace::Trace session = import_har(
        "a.har",
        archive(
            "wss://api.openai.com/v1/realtime?model=m",
            R"({"type":"receive","time":1741968615.5,"opcode":1,"data":"{\"type\":\"session.created\",\"session\":{}}"},
{"type":"send","time":1741968616,"opcode":1,"data":"{\"type\":\"response.create\"}"},
{"type":"receive","time":1741968617,"opcode":1,"data":"{\"type\":\"response.created\",\"response\":{\"id\":\"r\"}}"},
{"type":"receive","time":1741968618,"opcode":1,"data":"{\"type\":\")" +
                std::string(delta) +
                R"(\",\"response_id\":\"r\",\"delta\":\"Hi\"}"},
{"type":"receive","time":1741968618,"opcode":1,"data":"{\"type\":\"response.output_item.done\",\"response_id\":\"r\",\"item\":{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"find\",\"arguments\":\"{}\"}}"},
{"type":"receive","time":1741968619,"opcode":1,"data":"{\"type\":\"response.function_call_arguments.done\",\"response_id\":\"r\",\"call_id\":\"c\",\"name\":\"find\",\"arguments\":\"{}\"}"})"));
    REQUIRE(session.channels.find("model") != nullptr);
    CHECK(session.channels.find("model")->encoding == "openai-realtime");
    CHECK(session.channels.find("tool:find") != nullptr);
    CHECK(session.facts().source == "har");
    CHECK(session.facts().tools == "derived");
    CHECK(session.duration() == seconds(5));
  }
  CHECK_THROWS_WITH(import_har("a.har", archive("wss://h/s", R"({"type":"both","time":1,"data":""})")),
                    Contains("a.har: line 2: expected type send or receive, found both"));
  CHECK_THROWS_WITH(import_har("a.har", archive("wss://h/s", R"({"type":"send","time":1,"opcode":2,"data":"%"})")),
                    Contains("expected base64"));
}

TEST_CASE("a streamed body is cut at its events, and its parts joined are the body") {
  const std::string sse = ": hello\n\ndata: 1\n\n\nevent: x\r\ndata: 2\r\n\r\ndata: cut";
  const std::vector<BytesView> parts = stream_parts("text/event-stream", sse);
  REQUIRE(parts.size() == 4);
  CHECK(parts[0] == ": hello\n\n");
  CHECK(parts[2] == "\nevent: x\r\ndata: 2\r\n\r\n");
  CHECK(parts[3] == "data: cut");
  std::string aws(
      "\0\0\0\x12"
      "abcdefghijklmn"
      "\0\0\0\x10"
      "abcdefghijkl"
      "\xff\xff\xff\xff"
      "x",
      39);
  const std::vector<BytesView> messages = stream_parts("application/vnd.amazon.eventstream", aws);
  REQUIRE(messages.size() == 3);
  CHECK(messages[0].size() == 18);
  CHECK(messages[1].size() == 16);
  CHECK(stream_parts("application/json", sse).size() == 1);
}

TEST_CASE("completion endpoints are known by their URLs") {
  CHECK(completion_protocol("https://a/v1/chat/completions?x=1") == "openai-chat");
  CHECK(completion_protocol("https://a/openai/responses?api-version=1") == "openai-responses");
  CHECK(completion_protocol("https://a/v1beta/models/g:streamGenerateContent?alt=sse") == "gemini");
  CHECK(completion_protocol("https://a/model/x/converse-stream") == "bedrock-converse");
  CHECK(completion_protocol("https://a/mcp").empty());
  CHECK(completion_protocol("https://a/messages/list").empty());
}

TEST_CASE("wall-clock times are read with their zones") {
  CHECK(parse_iso_time("1970-01-01T00:00:00Z") == 0);
  CHECK(parse_iso_time("2025-05-12T20:28:13.301227-04:00") == 1'747'096'093'301'227'000);
  CHECK(parse_iso_time("2024-02-29T23:59:60+00:00") == 1'709'251'200'000'000'000);
  for (const char* bad : {"", "2025-13-01T00:00:00Z", "2025-01-01", "2025-01-01T00:00:00Q", "2025-01-01T00:00:00+1"}) {
    CHECK_FALSE(parse_iso_time(bad).has_value());
  }
}

}  // namespace ringback::formats
