// Logs of sessions: models' streams, tools, chats, calls.
#include <zlib.h>

#include <catch2/catch.hpp>

#include "src/base/base64.h"
#include "src/base/error.h"
#include "src/formats/inspect_log.h"
#include "src/formats/jsonl.h"
#include "src/formats/mcp_log.h"
#include "src/formats/packet_capture.h"
#include "src/formats/realtime_jsonl.h"
#include "src/formats/sse_chunks.h"
#include "src/formats/tau2_ticks.h"
#include "src/formats/tau_bench.h"
#include "src/formats/twilio_jsonl.h"
#include "src/formats/zip.h"

namespace ringback::formats {
namespace {

using Catch::Matchers::Contains;

// The trace as JSON lines from its first event that is not a declaration or the facts, origins left out.
std::string lines_of(const trace::Trace& trace) {
  std::string text;
  for (const trace::Event& event : trace.events) {
    if (event.channel != trace::kControlChannel) append_jsonl_event(event, trace.channels, text);
  }
  const std::string noise = ",\"origin\":\"captured\"";
  for (std::size_t at = text.find(noise); at != std::string::npos; at = text.find(noise)) text.erase(at, noise.size());
  return text;
}

// Every cut and a flip of each octet either imports or throws Error.
template <class Import>
void survive_damage(const Import& import, const std::string& whole) {
  for (std::size_t i = 0; i < whole.size(); i += 3) {
    for (const bool is_cut : {true, false}) {
      std::string damaged = is_cut ? whole.substr(0, i) : whole;
      if (!is_cut) damaged[i] = static_cast<char>(damaged[i] ^ 0x15);
      try {
        import("damaged", damaged);
      } catch (const Error& error) {
        CHECK(std::string(error.what()).starts_with("damaged"));
      }
    }
  }
}

// A zip archive of one deflated file.
std::string zip_of(const std::string& name, const std::string& data) {
  std::string packed(data.size() + 100, '\0');
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
  std::string input = data;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  const auto number = [](std::size_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
    return out;
  };
  const std::size_t checksum = crc32(0, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size()));
  const std::string sizes =
      number(checksum, 4) + number(packed.size(), 4) + number(data.size(), 4) + number(name.size(), 2);
  const std::string common = number(0, 2) + number(8, 2) + number(0, 4) + sizes + number(0, 2);
  std::string archive = "PK\x03\x04" + number(20, 2) + common + name + packed;
  const std::size_t directory = archive.size();
  archive += "PK\x01\x02" + number(20, 2) + number(20, 2) + common + number(0, 2) + number(0, 2) + number(0, 2) +
             number(0, 4) + number(0, 4) + name;
  const std::size_t directory_bytes = archive.size() - directory;
  return archive + "PK\x05\x06" + number(0, 4) + number(1, 2) + number(1, 2) + number(directory_bytes, 4) +
         number(directory, 4) + number(0, 2);
}

const std::string kMcp = R"(STDIN: {"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}
STDERR: Starting
STDOUT: {"result":{},"jsonrpc":"2.0","id":0}
STDIN: {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"a":1}}}
STDOUT: {"method":"notifications/progress","jsonrpc":"2.0"}
STDOUT: {"result":{"content":[]},"jsonrpc":"2.0","id":1}
STDIN: {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"echo"}}
STDOUT: {"error":{"code":-32602,"message":"no"},"jsonrpc":"2.0","id":2}
)";

const std::string kTau = R"([{"task_id":2,"reward":0.0,"traj":[{"role":"system","content":"Rules."},
{"role":"user","content":"Hi"},
{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"find","arguments":"{}"}}]},
{"role":"tool","tool_call_id":"c1","name":"find","content":"none"},
{"role":"assistant","content":"Sorry."}]}])";

const std::string kTicks = R"({"ticks":[
{"tick_id":0,"timestamp":"2026-06-30T13:18:00.500000","agent_chunk":{"contains_speech":false},"user_chunk":{"contains_speech":true}},
{"tick_id":1,"timestamp":"2026-06-30T13:18:00.700000","agent_chunk":{"contains_speech":false},"user_chunk":{"contains_speech":true}},
{"tick_id":2,"timestamp":"2026-06-30T13:18:00.600000","agent_chunk":{"contains_speech":true,"content":"Yes?"},"user_chunk":{"contains_speech":true}}]})";

const std::string kSample =
    R"({"id":1,"events":[{"event":"sample_init","timestamp":"2025-01-01T00:00:00+00:00"},
{"event":"tool","timestamp":"2025-01-01T00:00:03+00:00","function":"bash","arguments":{"cmd":"ls"},"result":"a"},
{"event":"model","timestamp":"2025-01-01T00:00:01+00:00","completed":"2025-01-01T00:00:02.5+00:00","model":"m","input":[],"output":{"n":1.0}}]})";

const std::string kTwilio = R"({"event":"connected","protocol":"Call","version":"1.0.0"}
{"event":"start","sequenceNumber":"1","start":{"streamSid":"MZ","accountSid":"AC1","mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1}},"streamSid":"MZ"}
{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":"155","payload":"f38="},"streamSid":"MZ"}
{"event":"media","streamSid":"MZ","media":{"payload":"AAA="}}
{"event":"mark","streamSid":"MZ","mark":{"name":"m1"}}
{"event":"mark","sequenceNumber":"3","streamSid":"MZ","mark":{"name":"m1"}}
{"event":"clear","streamSid":"MZ"}
{"event":"dtmf","sequenceNumber":"4","streamSid":"MZ","dtmf":{"track":"inbound_track","digit":"5"}}
{"event":"stop","sequenceNumber":"5","streamSid":"MZ","stop":{"accountSid":"AC1"}}
)";

const std::string kRealtime = R"({"time":100.5,"direction":"received","event":{"type":"session.created","session":{}}}
{"time":101.25,"direction":"sent","event":{"type":"response.create","api_key":"x"}}
{"time":102,"direction":"received","event":{"type":"response.created","response":{"id":"r1"}}}
{"time":102.5,"direction":"received","event":"{\"type\":\"response.done\",\"response\":{\"id\":\"r1\"}}"}
)";

}  // namespace

TEST_CASE("an MCP log keeps every message and makes exchanges of tool calls") {
  const trace::Trace trace = import_mcp_log("a.mcplog", kMcp);
  CHECK_THAT(
      lines_of(trace),
      Contains(
          R"({"at_ns":10000000,"channel":"tool:echo","kind":"request","direction":"from_agent","exchange":1,"operation":"echo","body":"{\"a\":1}"})"));
  CHECK_THAT(
      lines_of(trace),
      Contains(
          R"({"at_ns":220000000,"channel":"tool:echo","kind":"response","direction":"to_agent","exchange":1,"status":200,"body":"{\"content\":[]}"})"));
  CHECK_THAT(lines_of(trace), Contains(R"("exchange":2,"status":500,"body":"{\"code\":-32602,\"message\":\"no\"}"})"));
  CHECK(trace.facts().tools == "derived");
  CHECK(trace.events.size() == 2 + 1 + 8 + 4);
  CHECK_THROWS_WITH(import_mcp_log("a.mcplog", "STDIN: {}\nhello\n"), Contains("a.mcplog: line 2: expected STDIN:"));
  survive_damage(import_mcp_log, kMcp);
}

TEST_CASE("a model's payload lines become the events of one streamed answer") {
  const trace::Trace trace =
      import_sse_chunks("a.chunks.txt", "{\"type\":\"message_start\",\"n\":1.50}\n\n{\"type\":\"message_stop\"}\n");
  CHECK(trace.channels.find("model")->encoding == "anthropic-messages");
  CHECK_THAT(
      lines_of(trace),
      Contains(
          R"("at_ns":310000000,"channel":"model","kind":"response_part","direction":"to_agent","exchange":1,"body":"event: message_start\ndata: {\"type\":\"message_start\",\"n\":1.50}\n\n"})"));
  CHECK(import_sse_chunks("a.sse", "data: 1\n\ndata: 2\n\n").events.size() == 1 + 1 + 1 + 2);
  CHECK_THROWS_WITH(import_sse_chunks("a.chunks.txt", "{}\n{\n"), Contains("a.chunks.txt: line 2:"));
  CHECK_THROWS_WITH(import_sse_chunks("a.chunks.txt", "\n"), Contains("a.chunks.txt: line 1:"));
}

TEST_CASE("a trajectory becomes a call with typed turns and tool exchanges") {
  const trace::Trace trace = import_tau_bench("a.json", kTau);
  const std::string lines = lines_of(trace);
  CHECK_THAT(lines,
             Contains(R"("at_ns":1000000000,"channel":"caller","kind":"text","direction":"to_agent","text":"Hi"})"));
  CHECK_THAT(
      lines,
      Contains(
          R"("at_ns":1300000000,"channel":"tool:find","kind":"request","direction":"from_agent","exchange":1,"operation":"find","body":"{}"})"));
  CHECK_THAT(
      lines,
      Contains(
          R"("at_ns":1500000000,"channel":"tool:find","kind":"response","direction":"to_agent","exchange":1,"status":200,"body":"none"})"));
  CHECK_THAT(
      lines,
      Contains(R"("at_ns":1800000000,"channel":"caller","kind":"text","direction":"from_agent","text":"Sorry."})"));
  CHECK(trace.metadata.at("runs") == "1");
  CHECK_THROWS_WITH(import_tau_bench("a.jsonl", "{\"messages_display\":\"\"}\n"),
                    Contains("a.jsonl: line 1: expected a list of runs"));
  survive_damage(import_tau_bench, kTau);
}

TEST_CASE("ticks stand at their wall-clock times, and a clock set back stands still") {
  const trace::Trace trace = import_tau2_ticks("a.json", kTicks);
  CHECK(trace.duration() == milliseconds(200));
  CHECK(trace.facts().times.empty());
  CHECK(trace.facts().audio == "none");
  CHECK(trace.events.size() == 2 + 1 + 3 + 1);
  CHECK_THAT(lines_of(trace), Contains(R"("kind":"text","direction":"from_agent","text":"Yes?")"));
  survive_damage(import_tau2_ticks, kTicks);
}

TEST_CASE("an evaluation's log gives its model and tool events at their times, from JSON and from a zip") {
  const trace::Trace trace = import_inspect_log("a.json", "{\"version\":2,\"samples\":[" + kSample + "]}");
  CHECK(
      lines_of(trace) ==
      R"({"at_ns":0,"channel":"model","kind":"request","direction":"from_agent","exchange":1,"operation":"m","body":"[]"})"
      "\n"
      R"({"at_ns":1500000000,"channel":"model","kind":"response","direction":"to_agent","exchange":1,"status":200,"body":"{\"n\":1.0}"})"
      "\n"
      R"({"at_ns":2000000000,"channel":"tool:bash","kind":"request","direction":"from_agent","exchange":1,"operation":"bash","body":"{\"cmd\":\"ls\"}"})"
      "\n"
      R"({"at_ns":2200000000,"channel":"tool:bash","kind":"response","direction":"to_agent","exchange":1,"status":200,"body":"a"})"
      "\n");
  CHECK(trace.facts().times == "requests");
  const std::string archive = zip_of("samples/1_epoch_1.json", kSample);
  CHECK(lines_of(import_inspect_log("a.eval", archive)) == lines_of(trace));
  CHECK(read_zip("a.eval", archive, "other/").empty());
  CHECK_THROWS_WITH(import_inspect_log("a.eval", archive.substr(0, archive.size() - 1)), Contains("a.eval: byte"));
  CHECK_THROWS_WITH(import_inspect_log("a.json", R"({"samples":[{"events":[]}]})"),
                    Contains("expected model or tool events"));
  survive_damage(import_inspect_log, archive);
}

TEST_CASE("a Media Streams log becomes sound, marks and digits") {
  const trace::Trace trace = import_twilio_jsonl("a.jsonl", kTwilio);
  CHECK(lines_of(trace) ==
        R"({"at_ns":0,"channel":"caller","kind":"call_started","direction":"to_agent"})"
        "\n"
        R"({"at_ns":155000000,"channel":"caller.audio","kind":"audio","direction":"to_agent","samples":"f38="})"
        "\n"
        R"({"at_ns":155000000,"channel":"agent.audio","kind":"audio","direction":"from_agent","samples":"AAA="})"
        "\n"
        R"({"at_ns":155000000,"channel":"caller","kind":"mark","direction":"from_agent","name":"m1"})"
        "\n"
        R"({"at_ns":155000000,"channel":"caller","kind":"mark_played","direction":"to_agent","name":"m1"})"
        "\n"
        R"({"at_ns":155000000,"channel":"caller","kind":"clear","direction":"from_agent"})"
        "\n"
        R"({"at_ns":155000000,"channel":"caller","kind":"dtmf","direction":"to_agent","digit":"5"})"
        "\n"
        R"({"at_ns":155000000,"channel":"caller","kind":"hung_up","direction":"to_agent","by":"caller"})"
        "\n");
  CHECK(trace.facts().times == "caller");
  const trace::Trace timed = import_twilio_jsonl(
      "a.jsonl", R"({"time":5,"direction":"received","message":{"event":"start","streamSid":"M","start":{}}})"
                 "\n"
                 R"({"time":5.5,"direction":"sent","message":"{\"event\":\"clear\",\"streamSid\":\"M\"}"})"
                 "\n");
  CHECK(timed.duration() == milliseconds(500));
  CHECK(timed.facts().times.empty());
  survive_damage(import_twilio_jsonl, kTwilio);
}

TEST_CASE("a log of Realtime frames keeps its times") {
  const trace::Trace trace = import_realtime_jsonl("a.jsonl", kRealtime);
  CHECK(trace.facts().times.empty());
  CHECK(trace.facts().source == "realtime-jsonl");
  CHECK(trace.duration() == seconds(2));
  CHECK_THAT(
      lines_of(trace),
      Contains(
          R"({"at_ns":750000000,"channel":"model","kind":"message","direction":"from_agent","text":"{\"type\":\"response.create\",\"api_key\":\"removed\"}"})"));
  CHECK_THAT(lines_of(trace),
             Contains(R"({"at_ns":1500000000,"channel":"model","kind":"message","direction":"to_agent","exchange":1)"));
  CHECK(trace.metadata.at("redaction") == "json field api_key");
  CHECK_THROWS_WITH(import_realtime_jsonl("a.jsonl", R"({"direction":"sent","event":{"type":"x"}})"),
                    Contains("a.jsonl: line 1: expected the frame's time"));
  survive_damage(import_realtime_jsonl, kRealtime);
}

TEST_CASE("a packet capture is refused with what to do instead") {
  const ImportInput input{.name = "a.pcap", .data = "\xd4\xc3\xb2\xa1"};
  const Importer importer = packet_capture_importer();
  CHECK(importer.detect(input.data, input.name));
  CHECK_THROWS_WITH(importer.read({&input, 1}), Contains("a.pcap: byte 0: expected a recording of messages"));
}

}  // namespace ringback::formats
