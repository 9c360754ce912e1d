// Logs of sessions: models' streams, tools, chats, calls.
#include <bit>

#include <zlib.h>

#include <catch2/catch.hpp>

#include "src/base/base64.h"
#include "src/base/error.h"
#include "src/formats/inspect_log.h"
#include "src/formats/jsonl.h"
#include "src/formats/mcp_log.h"
#include "src/formats/msgpack.h"
#include "src/formats/packet_capture.h"
#include "src/formats/realtime_jsonl.h"
#include "src/formats/sse_chunks.h"
#include "src/formats/tau2_ticks.h"
#include "src/formats/tau_bench.h"
#include "src/formats/twilio_jsonl.h"
#include "src/formats/whisker.h"
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

// MessagePack by hand: texts under 32 octets, maps under 16 members.
std::string packed(std::string_view text) { return static_cast<char>(0xa0 + text.size()) + std::string(text); }
std::string packed_map(const std::vector<std::pair<std::string_view, std::string>>& members) {
  std::string out(1, static_cast<char>(0x80 + members.size()));
  for (const auto& [key, value] : members) out += packed(key) + value;
  return out;
}
// 64-bit float.
std::string packed_float(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  std::string out = "\xcb";
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(bits >> shift);
  return out;
}
std::string frame(std::string_view name, double time, const std::string& payload, std::string_view from = "llm") {
  return packed_map({{"type", packed("frame")},
                     {"worker_id", packed("main")},
                     {"name", packed(name)},
                     {"from", packed(from)},
                     {"action", packed("push")},
                     {"direction", packed("downstream")},
                     {"timestamp", packed_float(time)},
                     {"payload", payload}});
}

TEST_CASE("a Whisker capture keeps every record and tells what was said and which tools ran") {
  const std::string head =
      packed_map({{"type", packed("snapshot")}, {"protocol", packed("1")}, {"timestamp", packed_float(1'700'000'000)}});
  const std::string text_only = "\x81" + packed("text");
  const std::string call = packed_map({{"function_name", packed("find")},
                                       {"tool_call_id", packed("c1")},
                                       {"arguments", packed_map({{"name", packed("Ada")}})}});
  const std::string result = packed_map(
      {{"function_name", packed("find")}, {"tool_call_id", packed("c1")}, {"result", packed_map({{"id", "\x07"}})}});
  const std::string data =
      head + frame("StartFrame#0", 1'700'000'000.5, "\x80") +
      frame("TranscriptionFrame#1", 1'700'000'001, text_only + packed("Ada, please")) +
      frame("TranscriptionFrame#1", 1'700'000'001, text_only + packed("Ada, please"), "aggregator") +
      frame("FunctionCallInProgressFrame#0", 1'700'000'002, call) +
      frame("FunctionCallInProgressFrame#1", 1'700'000'002, call) +
      frame("FunctionCallResultFrame#0", 1'700'000'002.75, result) +
      frame("LLMFullResponseStartFrame#0", 1'700'000'003, "\x80") +
      frame("LLMTextFrame#0", 1'700'000'003.25, text_only + packed("Found")) +
      frame("LLMTextFrame#0", 1'700'000'003.25, text_only + packed("Found"), "tts") +
      frame("LLMTextFrame#1", 1'700'000'003.5, text_only + packed(" her.")) +
      frame("LLMFullResponseEndFrame#0", 1'700'000'004, "\x80");
  const trace::Trace trace = import_whisker("a.whisk", data);
  std::string derived;
  std::size_t kept = 0;
  for (const trace::Event& event : trace.events) {
    if (event.channel == trace::kControlChannel) continue;
    if (trace.channels.find(event.channel)->encoding == "pipecat-whisker") {
      ++kept;
    } else {
      append_jsonl_event(event, trace.channels, derived);
    }
  }
  CHECK(kept == 12);
  CHECK(
      derived ==
      R"({"at_ns":500000000,"channel":"caller","kind":"call_started","direction":"to_agent","origin":"captured"})"
      "\n"
      R"({"at_ns":1000000000,"channel":"caller","kind":"text","direction":"to_agent","origin":"captured","text":"Ada, please"})"
      "\n"
      R"({"at_ns":2000000000,"channel":"tool:find","kind":"request","direction":"from_agent","origin":"captured","exchange":1,"operation":"find","body":"{\"name\":\"Ada\"}"})"
      "\n"
      R"({"at_ns":2750000000,"channel":"tool:find","kind":"response","direction":"to_agent","origin":"captured","exchange":1,"status":200,"body":"{\"id\":7}"})"
      "\n"
      R"({"at_ns":4000000000,"channel":"caller","kind":"text","direction":"from_agent","origin":"captured","text":"Found her."})"
      "\n");
  CHECK(trace.facts().times.empty());
  CHECK(trace.facts().audio == "none");
  CHECK(trace.facts().tools == "derived");
  CHECK(trace.facts().wall_start_ns == 1'700'000'000'000'000'000);
  CHECK(whisker_importer().detect(data, "whisker.bin"));
  CHECK_FALSE(whisker_importer().detect("{\"type\":\"snapshot\"}", "a.json"));
  survive_damage(import_whisker, data);
}

TEST_CASE("a Whisker capture of before 2.0 has milliseconds and events") {
  const std::string data = packed_map({{"type", packed("pipeline")}, {"processors", "\x90"}, {"connections", "\x90"}}) +
                           packed_map({{"type", packed("frame")},
                                       {"name", packed("TTSSpeakFrame#0")},
                                       {"from", packed("bot")},
                                       {"event", packed("push")},
                                       {"timestamp", packed_float(1'700'000'000'250)},
                                       {"payload", packed_map({{"text", packed("Welcome")}})}});
  const trace::Trace trace = import_whisker("a.bin", data);
  CHECK(trace.facts().wall_start_ns == 1'700'000'000'250'000'000);
  CHECK_THAT(lines_of(trace), Contains(R"("kind":"text","direction":"from_agent","text":"Welcome")"));
  CHECK(whisker_importer().detect(data, "a.bin"));
}

TEST_CASE("MessagePack is read as JSON, and what is damaged is refused with its byte") {
  const auto json = [](const std::string& data) { return read_msgpack("a", data, 0).json; };
  CHECK(json("\xc0") == "null");
  CHECK(json("\xc3") == "true");
  CHECK(json("\xff") == "-1");
  CHECK(json(std::string("\xcd\x01\x00", 3)) == "256");
  CHECK(json("\xd3\xff\xff\xff\xff\xff\xff\xff\xfe") == "-2");
  CHECK(json("\xcf\xff\xff\xff\xff\xff\xff\xff\xff") == "18446744073709551615");
  CHECK(json(packed_float(1.5)) == "1.5");
  CHECK(json(packed_float(1e300 * 1e300)) == "null");
  CHECK(json("\xc4\x03"
             "abc") == "\"YWJj\"");
  CHECK(json("\x92\x01\xd9\x02\"\n") == R"([1,"\"\n"])");
  CHECK(json("\x81\x01\xa1"
             "x") == R"({"1":"x"})");
  CHECK_THROWS_WITH(json("\xdd\xff\xff\xff\xff"), Contains("a: byte 5: expected a list of 4294967295 values"));
  CHECK_THROWS_WITH(json("\xd9\x05"
                         "abc"),
                    Contains("a: byte 2: expected 5 more bytes, found 3 at the end"));
  CHECK_THROWS_WITH(json("\xd4\x01\x02"), Contains("a: byte 0: expected a plain MessagePack value, found type d4"));
  CHECK_THROWS_WITH(json("\x81\x90\x01"), Contains("a: byte 1: expected a text or a whole number as a key"));
  CHECK_THROWS_WITH(json(std::string(kMsgpackDepthMax + 2, '\x91') + "\x01"), Contains("expected at most 64 levels"));
  CHECK_THROWS_WITH(json(""), Contains("a: byte 0: expected 1 more bytes"));
  const std::string huge = std::string("\xdb\x02\x00\x00\x01", 5) + std::string(kMsgpackJsonBytesMax + 1, 'x');
  CHECK_THROWS_WITH(json(huge), Contains("expected a value of at most"));
}

TEST_CASE("a packet capture is refused with what to do instead") {
  const ImportInput input{.name = "a.pcap", .data = "\xd4\xc3\xb2\xa1"};
  const Importer importer = packet_capture_importer();
  CHECK(importer.detect(input.data, input.name));
  CHECK_THROWS_WITH(importer.read({&input, 1}), Contains("a.pcap: byte 0: expected a recording of messages"));
}

}  // namespace ringback::formats
