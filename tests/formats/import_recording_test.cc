// What holds for every format: a recording that was cut off says so, and no secret gets into a trace.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "src/base/error.h"
#include "src/formats/cut_off.h"
#include "src/formats/import_recording.h"
#include "src/formats/jsonl.h"
#include "src/formats/msgpack.h"
#include "src/trace/content_root.h"
#include "tools/ringback/formats.h"

namespace ringback::formats {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

const std::vector<Importer>& importers() {
  static const std::vector<Importer> all = cli::all_importers();
  return all;
}

Imported import_text(std::string_view format, const std::string& name, const Bytes& data) {
  const ImportInput input{.name = name, .data = data};
  return import_recording(importer_named(importers(), format), {&input, 1});
}

Digest digest_of(const trace::Trace& trace) {
  trace::ContentRoot root;
  for (const trace::Event& event : trace.events) root.add(event);
  return root.finish();
}

Bytes lines_of(const trace::Trace& trace) {
  MemorySink sink;
  write_jsonl(trace, sink);
  return sink.data();
}

// Our own recordings of every format: the seeds of the fuzzer.
std::vector<fs::path> recordings_of(const std::string& format) {
  std::vector<fs::path> paths;
  const fs::path folder = fs::path(RINGBACK_PROJECT_ROOT) / "tests/fuzz/corpus" / ("import-" + format);
  for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

Bytes read_file(const fs::path& path) {
  std::ostringstream octets;
  octets << std::ifstream(path, std::ios::binary).rdbuf();
  return octets.str();
}

// Whether the octets before `at` may be a whole file of lines or of YAML entries: nobody can tell that it goes on.
bool ends_with_a_line(const Bytes& data, std::size_t at) {
  return at > 0 && (data[at - 1] == '\n' || data[at] == '\n' || data[at] == '\r');
}

bool ends_with_a_record(const Bytes& data, std::size_t at) {
  std::size_t end = 0;
  while (end < at) end = read_msgpack("", data, end).end;
  return end == at;
}

// Nobody can tell that there was more.
bool may_be_whole(const std::string& format, const Bytes& data, std::size_t at) {
  return format == "whisker" ? ends_with_a_record(data, at) : ends_with_a_line(data, at);
}

// Every cut of `whole`: refused, marked, complete but for white space, or at the end of a line.
void cut_everywhere(const Importer& importer, const std::string& name, const Bytes& whole) {
  const ImportInput input{.name = name, .data = whole};
  const Digest complete = digest_of(import_recording(importer, {&input, 1}).trace);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    const ImportInput cut{.name = name, .data = whole.substr(0, at)};
    try {
      const Imported imported = import_recording(importer, {&cut, 1});
      const bool is_marked = imported.trace.metadata.contains("input");
      if (is_marked != !imported.cut_off.empty())
        FAIL(name << " cut at " << at << ": the trace and the warning differ");
      if (is_marked || digest_of(imported.trace) == complete || may_be_whole(importer.name, whole, at)) continue;
      FAIL_CHECK(name << " cut at " << at << " was imported and nothing said: ..."
                      << whole.substr(at < 30 ? 0 : at - 30, 30));
      return;
    } catch (const Error& error) {
      if (!std::string(error.what()).starts_with(name + ": "))
        FAIL_CHECK(name << " cut at " << at << ": " << error.what());
    }
  }
}

}  // namespace

TEST_CASE("a recording that was cut off is refused, or says so in the trace and beside it") {
  for (const Importer& importer : importers()) {
    if (importer.cuts == nullptr) continue;
    for (const fs::path& path : recordings_of(importer.name)) {
      const Bytes whole = read_file(path);
      if (whole.size() > 4000) continue;
      INFO(path.string());
      const ImportInput input{.name = path.filename().string(), .data = whole};
      Imported imported;
      try {
        imported = import_recording(importer, {&input, 1});
      } catch (const Error&) {
        continue;  // what the fuzzer found
      }
      if (!imported.cut_off.empty()) continue;
      cut_everywhere(importer, input.name, whole);
      CHECK(imported.trace.events.size() > 1);
    }
  }
}

TEST_CASE("what is left of a recording is named with the place from which it is missing") {
  const Imported log = import_text("mcp", "a.mcplog", "STDIN: {\"id\":1}\nSTDOUT: {\"id\":");
  CHECK(log.cut_off.starts_with("a.mcplog: cut off: line 2 and what follows is left out (line 2: byte "));
  CHECK(log.trace.metadata.at("input").starts_with("truncated: line 2 and what follows is left out"));
  CHECK_THROWS_WITH(import_text("mcp", "a.mcplog", "STDIN: {}\nSTDOUT: {\n"),
                    Contains("a.mcplog: line 2: byte 1: expected a key"));

  const Bytes har = read_file(recordings_of("har").back());
  CHECK(import_text("har", "a.har", har).cut_off.empty());
  const Imported archive = import_text("har", "a.har", har.substr(0, har.size() - 60));
  CHECK_THAT(archive.cut_off, Contains("line 3 and what follows is left out"));
  CHECK(archive.trace.channels.find("tool:h/b") != nullptr);
  CHECK(archive.trace.channels.find("tool:h/a") == nullptr);
}

TEST_CASE("cuts keep whole entries") {
  CHECK(cut_lines("a\nb").at(0).apply("a\nb") == "a\n");
  CHECK(cut_lines("a\nb\n").empty());
  CHECK(cut_lines("a").empty());
  const Bytes json = R"({"a":[{"b":[{"c":1},{"c":"]}\""},{"c)";
  const std::vector<Cut> cuts = cut_json(json);
  REQUIRE(cuts.size() == 1);
  CHECK(cuts[0].apply(json) == R"({"a":[{"b":[{"c":1},{"c":"]}\""}]}]})");
  CHECK(cut_json(R"({"a":[]})").empty());
  CHECK(cut_json(R"({"a":[{}])").size() == 0);  // nothing is open but the map
  CHECK(cut_json("[{}]]").empty());
  CHECK(cut_json(std::string(100, '[')).empty());
  const Bytes yaml = "list:\n- a: 1\n  b:\n  - x\n- a: 2\n  b: |\n    text\n";
  CHECK(cut_yaml(yaml).at(0).apply(yaml) == "list:\n- a: 1\n  b:\n  - x\n");
  CHECK(cut_yaml(yaml + "version: 1\n").empty());
  CHECK(cut_yaml("a: 1\n").empty());
}

namespace {

struct Planted {
  const char* format;
  std::string text;
};

// The secret in every place of a format that has one: SECRET stands for it.
std::vector<Planted> planted() {
  return {
      {"realtime-cassette",
       "version: 1\ninteractions:\n"
       "- {kind: message, direction: sent, data: {type: session.update, session: {api_key: SECRET, tools: [{type: mcp, "
       "authorization: SECRET, headers: {Authorization: Bearer SECRET}}]}}}\n"
       "- {kind: message, direction: received, data: {type: session.created, session: {client_secret: {value: KEY}}}}\n"
       "- {kind: message, direction: sent, data: {type: conversation.item.create, item: {type: message, role: user, "
       "content: [{type: input_text, text: my key is KEY}]}}}\n"
       "- {kind: message, direction: sent, data: {type: response.create}}\n"
       "- {kind: message, direction: received, data: {type: response.created, response: {id: r}}}\n"
       "- {kind: message, direction: received, data: {type: response.function_call_arguments.done, response_id: r, "
       "call_id: c, name: find, arguments: '{\"password\":\"SECRET\"}'}}\n"
       "- {kind: message, direction: sent, data: {type: conversation.item.create, item: {type: function_call_output, "
       "call_id: c, output: '{\"access_token\":\"SECRET\"}'}}}\n"},
      {"realtime-cassette",
       "version: 1\ninteractions:\n- {kind: message, direction: sent, data: {setup: {apiKey: SECRET}}}\n"},
      {"realtime-jsonl",
       "{\"time\":1,\"direction\":\"sent\",\"event\":{\"type\":\"session.update\",\"session\":{\"api_key\":\"SECRET\"}}"
       "}\n"},
      {"twilio",
       "{\"event\":\"start\",\"streamSid\":\"M\",\"start\":{\"customParameters\":{\"auth_token\":\"SECRET\"}}}\n"
       "{\"event\":\"mark\",\"streamSid\":\"M\",\"mark\":{\"name\":\"KEY\"}}\n"},
      {"livekit",
       R"({"job_id":"j","room_id":"r","events":[{"type":"x","created_at":1,"options":{"api_secret":"SECRET"}},
{"type":"conversation_item_added","created_at":2,"item":{"role":"user","content":["it is KEY"]}},
{"type":"function_tools_executed","created_at":3,"function_calls":[{"call_id":"c","name":"f","arguments":"{\"password\":\"SECRET\"}"}],
"function_call_outputs":[{"call_id":"c","output":"{\"refresh_token\":\"SECRET\"}"}]}]})"},
      {"vcrpy",
       "interactions:\n- request:\n    method: POST\n    uri: https://user:SECRET@h/a?api_key=SECRET&x=1\n"
       "    headers: {authorization: [Bearer SECRET], x-api-key: [SECRET], cookie: [a=SECRET]}\n"
       "    body: '{\"client_secret\":\"SECRET\",\"text\":\"{\\\"api_key\\\":\\\"SECRET\\\"}\"}'\n"
       "  response:\n    status: {code: 200}\n    headers: {set-cookie: [a=SECRET]}\n"
       "    body: {string: '{\"access_token\":\"SECRET\",\"url\":\"https://u:SECRET@h/?sig=SECRET\"}'}\nversion: 1\n"},
      {"go-vcr",
       "version: 2\ninteractions:\n- id: 0\n  request: {method: POST, url: 'https://h/a?token=SECRET', body: "
       "'grant=x&client_secret=SECRET', headers: {Content-Type: [application/x-www-form-urlencoded], X-Auth-Token: "
       "[SECRET]}}\n  response: {code: 200, body: 'KEY', duration: 1s}\n"},
      {"ruby-vcr",
       "http_interactions:\n- request:\n    method: get\n    uri: http://h/a?key=SECRET\n    headers: {Authorization: "
       "[Bearer SECRET]}\n  response:\n    status: {code: 200}\n    headers: {Set-Cookie: [SECRET]}\n"
       "    body: {string: 'KEY'}\nrecorded_with: VCR\n"},
      {"httprr",
       "httprr trace v1\n79 46\nGET https://h/a?key=SECRET HTTP/1.1\r\nHost: h\r\nApi-Key: SECRET\r\n\r\n"
       "{\"password\":\"SECRET\"}"},
      {"har",
       R"({"log":{"entries":[{"startedDateTime":"2025-03-14T16:10:15Z","time":1,"request":{"method":"POST",
"url":"https://u:SECRET@h/a?access_token=SECRET","headers":[{"name":"Authorization","value":"SECRET"}],
"postData":{"text":"{\"api_key\":\"SECRET\"}"}},"response":{"status":200,"headers":[{"name":"Set-Cookie","value":"SECRET"}],
"content":{"text":"KEY"}}},
{"startedDateTime":"2025-03-14T16:10:16Z","time":1,"request":{"method":"GET","url":"wss://h/s?token=SECRET"},
"response":{"status":101},"_webSocketMessages":[{"type":"send","time":1741968616,"opcode":1,"data":"{\"api_key\":\"SECRET\"}"},
{"type":"receive","time":1741968617,"opcode":2,"data":"eyJhcGlfa2V5IjoiU0VDUkVUIn0="}]}]}})"},
      {"sse", "data: {\"api_key\":\"SECRET\"}\n\ndata: KEY\n\n"},
      {"mcp",
       "STDIN: {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"f\",\"arguments\":{"
       "\"password\":\"SECRET\"}}}\nSTDERR: started with KEY\nSTDOUT: "
       "{\"id\":1,\"result\":{\"session_token\":\"SECRET\"}}\n"},
      {"tau-bench",
       R"([{"task_id":1,"reward":0,"traj":[{"role":"user","content":"it is KEY"},
{"role":"assistant","content":null,"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{\"password\":\"SECRET\"}"}}]},
{"role":"tool","tool_call_id":"c","content":"{\"access_token\": \"SECRET\"}"}]}])"},
      {"tau2-ticks",
       R"({"ticks":[{"tick_id":0,"timestamp":"2026-06-30T13:18:00","agent_chunk":{"content":"KEY","api_key":"SECRET"},
"agent_tool_calls":[{"id":"c","name":"f","arguments":{"password":"SECRET"}}],
"agent_tool_results":[{"id":"c","content":"{\"access_token\":\"SECRET\"}"}]}]})"},
      {"inspect",
       R"({"version":2,"samples":[{"id":1,"events":[{"event":"tool","timestamp":"2025-01-01T00:00:00+00:00",
"function":"f","arguments":{"password":"SECRET"},"result":"{\"access_token\":\"SECRET\"}"},
{"event":"model","timestamp":"2025-01-01T00:00:01+00:00","model":"m","input":[{"content":"KEY"}],"output":{"api_key":"SECRET"}}]}]})"},
      {"whisker",
       "\x83\xa4type\xa5"
       "frame\xa4name\xa3"
       "X#1\xa7payload\x82\xa7"
       "api_key\xa6SECRET\xa4text\xd9\x1aKEY"},
  };
}

// KEY is a text in the shape of a key; the httprr exchange and the MessagePack text have lengths that fit these.
const std::string kKey = "sk-abcdefghijklmnopqrstuvw";

std::string plant(std::string text) {
  for (std::size_t at = text.find("KEY"); at != std::string::npos; at = text.find("KEY", at + kKey.size())) {
    text.replace(at, 3, kKey);
  }
  return text;
}

}  // namespace

TEST_CASE("no secret of any format gets into a trace, and the trace names what was there") {
  for (Planted& secret : planted()) {
    std::string text = plant(secret.text);
    if (std::string_view(secret.format) == "httprr")
      text += "HTTP/1.1 200 OK\r\nSet-Cookie: SECRET\r\n\r\n{\"secret\":\"SECRET\"}";
    if (std::string_view(secret.format) == "httprr") {
      const std::size_t request = text.find("HTTP/1.1 200") - text.find("GET");
      const std::size_t response = text.size() - text.find("HTTP/1.1 200");
      text.replace(text.find("79 46"), 5, fmt::format("{} {}", request, response));
    }
    INFO(secret.format << ": " << text);
    const Imported imported = import_text(secret.format, "planted", text);
    CHECK(imported.cut_off.empty());
    const Bytes rows = lines_of(imported.trace);
    CHECK(rows.find("SECRET") == Bytes::npos);
    CHECK(rows.find(kKey) == Bytes::npos);
    CHECK(rows.find("U0VDUkVU") == Bytes::npos);  // base64 of it
    CHECK_FALSE(imported.trace.metadata.at("redaction").empty());
  }
}

TEST_CASE("every format that is not ours has a secret planted in it") {
  std::vector<std::string> formats;
  for (const Planted& secret : planted()) formats.emplace_back(secret.format);
  for (const Importer& importer : importers()) {
    const bool is_exempt = importer.is_trace || importer.name == "scenario" || importer.name == "packet-capture";
    INFO(importer.name);
    CHECK(is_exempt != (std::find(formats.begin(), formats.end(), importer.name) != formats.end()));
  }
}

TEST_CASE("an import of what was exported takes nothing away") {
  trace::Trace trace;
  const trace::ChannelId tool = trace.declare({.kind = trace::ChannelKind::tool, .name = "tool:f"});
  trace.add(trace::make_event({.channel = tool, .direction = trace::Direction::from_agent, .exchange = 1},
                              trace::Request{.operation = "f", .body = R"({"password":"mine"})"}));
  const Imported imported = import_text("jsonl", "a.jsonl", lines_of(trace));
  CHECK(digest_of(imported.trace) == digest_of(trace));
}

}  // namespace ringback::formats
