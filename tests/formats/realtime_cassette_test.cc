#include "src/formats/realtime_cassette.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <yaml-cpp/yaml.h>
#include <catch2/catch.hpp>

#include "src/base/error.h"
#include "src/formats/yaml_json.h"
#include "src/trace/content_root.h"
#include "src/wire/canonical_json.h"
#include "src/wire/realtime.h"
#include "tests/support/skip.h"

namespace ringback::formats {

namespace {

const std::string kToolRound = R"(version: 1
interactions:
- kind: message
  direction: received
  data: {type: session.created, event_id: e1, session: {type: realtime}}
- kind: message
  direction: sent
  data: {type: session.update, session: {instructions: "Say \"hi\"", tools: []}}
- kind: message
  direction: received
  data: {type: session.updated, event_id: e2, session: {type: realtime, expires_at: 1785217655, speed: 1.0}}
- kind: message
  direction: sent
  data: {type: conversation.item.create, item: {type: message, role: user, content: [{type: input_text, text: "Weather?"}]}}
- kind: message
  direction: sent
  data: {type: response.create}
- kind: message
  direction: received
  data: {type: response.created, event_id: e3, response: {id: r1, status: in_progress}}
- kind: message
  direction: received
  data: {type: response.output_item.added, response_id: r1, item: {id: i1, type: function_call, name: get_weather, call_id: c1}}
- kind: message
  direction: received
  data: {type: response.function_call_arguments.done, response_id: r1, item_id: i1, call_id: c1, arguments: "{ }"}
- kind: message
  direction: sent
  data: {type: conversation.item.create, item: {type: function_call_output, call_id: c1, output: Foggy.}}
- kind: message
  direction: received
  data: {type: response.done, response: {id: r1, status: completed}}
- kind: message
  direction: sent
  data: {type: response.create}
- kind: message
  direction: received
  data: {type: response.created, response: {id: r2, status: in_progress}}
- kind: message
  direction: received
  data: {type: response.output_text.done, response_id: r2, item_id: i3, text: It is foggy.}
- kind: message
  direction: received
  data: {type: response.done, response: {id: r2, status: completed}}
- {kind: close, code: 1000, reason: bye, ok: true}
)";

std::string message(const std::string& direction, const std::string& data) {
  return "- {kind: message, direction: " + direction + ", data: " + data + "}\n";
}

trace::Trace import_text(const std::string& text) { return import_realtime_cassette("a.yaml", text); }

std::string summary_of(const trace::Trace& trace) {
  std::string text;
  for (const trace::Event& event : trace.events) {
    if (event.channel == trace::kControlChannel) continue;
    text += std::to_string(event.at.since_start().ms()) + "ms " + trace.channels.find(event.channel)->name + " " +
            std::string(trace::name_of(event.kind)) + (event.direction == trace::Direction::from_agent ? " >" : " <");
    if (event.exchange != 0) text += " #" + std::to_string(event.exchange);
    if (event.kind == trace::EventKind::message) {
      text += " " + wire::parse_realtime(trace::body_field(event.body, 1)).type_name;
    }
    text += "\n";
  }
  return text;
}

std::string refusal_of(const std::string& text) {
  try {
    import_text(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

const std::string kTop = "version: 1\ninteractions:\n";

}  // namespace

TEST_CASE("a tool round gets times, the caller's turn, the tool's exchange and the answer") {
  CHECK(summary_of(import_text(kToolRound)) ==
        "0ms caller call_started <\n"
        "0ms model opened >\n"
        "100ms model message < session.created\n"
        "100ms model message > session.update\n"
        "200ms model message < session.updated\n"
        "1200ms caller text <\n"
        "1200ms model message > conversation.item.create\n"
        "1200ms model message > response.create\n"
        "1500ms model message < #1 response.created\n"
        "1510ms model message < #1 response.output_item.added\n"
        "1520ms model message < #1 response.function_call_arguments.done\n"
        "1520ms tool:get_weather request > #1\n"
        "1720ms tool:get_weather response < #1\n"
        "1720ms model message > conversation.item.create\n"
        "1730ms model message < #1 response.done\n"
        "1730ms model message > response.create\n"
        "2030ms model message < #2 response.created\n"
        "2040ms model message < #2 response.output_text.done\n"
        "2050ms model message < #2 response.done\n"
        "2050ms caller text >\n"
        "2060ms model closed <\n");
}

TEST_CASE("what a cassette does not tell is stated as a fact of the trace") {
  const trace::RecordingFacts facts = import_text(kToolRound).facts();
  CHECK(facts.source == "realtime-cassette");
  CHECK(facts.times == "synthetic");
  CHECK(facts.audio == "none");
  CHECK(facts.tools == "derived");
}

TEST_CASE("frames keep their keys' order, their strings and their numbers") {
  const trace::Trace trace = import_text(kToolRound);
  std::vector<Bytes> texts;
  for (const trace::Event& event : trace.events) {
    if (event.kind == trace::EventKind::message) texts.push_back(trace::body_of<trace::Message>(event).text);
  }
  CHECK(texts.at(1) == R"({"type":"session.update","session":{"instructions":"Say \"hi\"","tools":[]}})");
  CHECK(
      texts.at(2) ==
      R"({"type":"session.updated","event_id":"e2","session":{"type":"realtime","expires_at":1785217655,"speed":1.0}})");
}

TEST_CASE("plain scalars are what dumpers mean by them, quoted ones are strings") {
  const auto json = [](const std::string& yaml) { return json_of_yaml("a.yaml", parse_yaml("a.yaml", yaml)); };
  CHECK(json("[null, ~, true, false, 7, -12, 0.5, 1.0e-05, 12., '7', \"true\", yes, 1e3, 007, 2026-01-02, 1_000, +1, "
             ".5]") ==
        R"([null,null,true,false,7,-12,0.5,1.0e-05,12.0,"7","true","yes","1e3","007","2026-01-02","1_000","+1",".5"])");
  CHECK(json("{b: 1, a: [], c: {}, d: }") == R"({"b":1,"a":[],"c":{},"d":null})");
  CHECK(json("\"caf\\xE9 \\u2019 \\0\"") == "\"caf\xC3\xA9 \xE2\x80\x99 \\u0000\"");
  CHECK_THROWS_AS(json("!!binary aGVsbG8="), Error);
  CHECK_THROWS_AS(json("{[a]: 1}"), Error);
}

TEST_CASE("deep and endless YAML is refused") {
  CHECK_THROWS_AS(json_of_yaml("a.yaml", parse_yaml("a.yaml", std::string(80, '[') + std::string(80, ']'))), Error);
  std::string laughs = "a: &a0 [xxxxxxxxxxxxxxxx, xxxxxxxxxxxxxxxx]\n";
  for (int i = 1; i < 30; ++i) {
    laughs += "b" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + ", *a" +
              std::to_string(i - 1) + "]\n";
  }
  CHECK_THROWS_WITH(json_of_yaml("a.yaml", parse_yaml("a.yaml", laughs)), Catch::Contains("bytes of JSON"));
}

TEST_CASE("sound of both sides becomes the tracks that the agent heard and sent") {
  const std::string samples = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";  // 48 bytes: 1 ms
  const trace::Trace trace = import_text(
      kTop +
      message("received",
              "{type: session.created, session: {audio: {input: {format: {type: audio/pcm, rate: 24000}}}}}") +
      message("sent", "{type: input_audio_buffer.append, audio: " + samples + "}") +
      message("sent", "{type: input_audio_buffer.append, audio: " + samples + "}") +
      message("sent", "{type: input_audio_buffer.commit}") +
      message("received", "{type: response.output_audio.delta, response_id: r, delta: " + samples + "}"));
  CHECK(trace.facts().audio.empty());
  CHECK(trace.channels.find("caller.audio")->rate == 24000);
  CHECK(trace.channels.find("agent.audio")->encoding == "pcm16le");
  CHECK(summary_of(trace) ==
        "0ms caller call_started <\n"
        "0ms model opened >\n"
        "100ms model message < session.created\n"
        "100ms caller.audio audio <\n"
        "100ms model message > input_audio_buffer.append\n"
        "101ms caller.audio audio <\n"
        "101ms model message > input_audio_buffer.append\n"
        "102ms model message > input_audio_buffer.commit\n"
        "112ms model message < #1 response.output_audio.delta\n"
        "112ms agent.audio audio >\n");
}

TEST_CASE("sound that a recorder cut is stated as truncated") {
  const trace::Trace trace = import_text(
      kTop + message("received", "{type: response.audio.delta, response_id: r, delta: " + std::string(44, 'A') + "}"));
  CHECK(trace.facts().audio == "truncated");
}

TEST_CASE("history that the agent tells the model is not a turn of the caller") {
  const auto item = [](const char* role, const char* kind, const char* text) {
    return message("sent", std::string("{type: conversation.item.create, item: {type: message, role: ") + role +
                               ", content: [{type: " + kind + ", text: " + text + "}]}}");
  };
  const trace::Trace trace =
      import_text(kTop + item("user", "input_text", "Earlier") + item("assistant", "output_text", "Then") +
                  item("user", "input_text", "Now") + message("sent", "{type: response.create}"));
  std::vector<Bytes> typed;
  for (const trace::Event& event : trace.events) {
    if (event.kind == trace::EventKind::text) typed.push_back(trace::body_of<trace::Text>(event).text);
  }
  CHECK(typed == std::vector<Bytes>{"Now"});
}

TEST_CASE("Gemini Live frames are kept as messages without Realtime's meaning") {
  const trace::Trace trace =
      import_text(kTop + message("sent", "{setup: {model: m}}") + message("received", "{setupComplete: {}}"));
  CHECK(trace.channels.find("model")->encoding == "gemini-live");
  CHECK(trace.channels.channels().size() == 1);
  CHECK(trace::body_of<trace::Message>(trace.events.back()).text == R"({"setupComplete":{}})");
}

TEST_CASE("a damaged cassette is refused with its place and the reason") {
  CHECK_THAT(refusal_of("{"), Catch::StartsWith("a.yaml: line "));
  CHECK_THAT(refusal_of("[]"), Catch::Contains("a cassette"));
  CHECK_THAT(refusal_of("version: 2\ninteractions: []\n"), Catch::Contains("expected version 1, found 2"));
  CHECK_THAT(refusal_of("version: 1\n"), Catch::Contains("interactions"));
  CHECK_THAT(refusal_of(kTop + "- 3\n"), Catch::Contains("line 3"));
  CHECK_THAT(refusal_of(kTop + "- {kind: ping}\n"), Catch::Contains("found ping"));
  CHECK_THAT(refusal_of(kTop + message("up", "{type: x}")), Catch::Contains("found up"));
  CHECK_THAT(refusal_of(kTop + message("sent", "3")), Catch::Contains("\"data\""));
  CHECK_THAT(refusal_of(kTop + message("sent", "{type: x}") + message("sent", "{setup: 1}")),
             Catch::Contains("line 4"));
  CHECK_THAT(refusal_of(kTop + message("sent", "{type: [x]}")), Catch::Contains("expected a \"type\""));
  CHECK_THAT(refusal_of(kTop + "- {kind: close, code: 70000}\n"), Catch::Contains("close code"));
  CHECK_THAT(refusal_of(kTop + "- {kind: close, code: 1000}\n"), Catch::Contains("at least one message"));
}

TEST_CASE("a cassette is told from other YAML files") {
  const Importer importer = realtime_cassette_importer();
  CHECK(importer.detect(kToolRound, "a.yaml"));
  CHECK_FALSE(importer.detect("version: 1\ninteractions:\n- request:\n    body: x\n", "vcr.yaml"));
  CHECK_FALSE(importer.detect("ringback: 1\nsteps:\n", "scenario.yaml"));
}

TEST_CASE("every real cassette imports, and to the same trace twice") {
  const std::filesystem::path folder =
      std::filesystem::path(RINGBACK_PROJECT_ROOT) / "../shared/data/pydantic-ai-realtime-ws";
  if (!std::filesystem::exists(folder)) return skip("../shared/data/pydantic-ai-realtime-ws is not there");
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() == 26);
  for (const std::filesystem::path& file : files) {
    std::ifstream stream(file, std::ios::binary);
    std::stringstream text;
    text << stream.rdbuf();
    const auto digest = [&] {
      const trace::Trace trace = import_realtime_cassette(file.filename().string(), text.str());
      trace::ContentRoot root;
      for (const trace::Event& event : trace.events) root.add(event);
      return std::pair(trace, root.finish());
    };
    const auto [trace, first] = digest();
    CHECK(digest().second == first);
    CHECK(trace.events.size() > 8);
    for (const trace::Event& event : trace.events) {
      if (event.kind == trace::EventKind::message) CHECK(wire::try_canonical_json(trace::body_field(event.body, 1)));
    }
    std::cout << "# " << file.parent_path().filename().string() << "/" << file.filename().string() << ": "
              << trace.events.size() << " events, " << to_text(trace.duration()) << ", "
              << trace.channels.find("model")->encoding << "\n";
  }
}

}  // namespace ringback::formats
