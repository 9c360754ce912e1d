#include "src/formats/scenario.h"

#include <catch2/catch.hpp>

#include "src/audio/g711.h"
#include "src/audio/playout.h"
#include "src/audio/speech_detector.h"
#include "src/audio/tone.h"
#include "src/base/error.h"
#include "src/formats/scenario_speech.h"
#include "src/trace/content_root.h"
#include "src/wire/realtime.h"

namespace ringback::formats {

namespace {

using wire::RealtimeType;

// 60 ms of tone a character, with 200 ms of silence around it to be trimmed.
std::vector<std::int16_t> speak_in_tones(const std::string& text, const ScenarioVoice&) {
  const audio::Format pcm{.encoding = audio::Encoding::pcm16le, .rate = 8000};
  const Bytes pause = audio::silence(audio::bytes_for(milliseconds(200), pcm), pcm);
  return audio::decode(pause + audio::tone_speech(text, pcm) + pause, pcm);
}

const std::string kHead = R"(ringback: 1
instructions: Be brief.
tools:
  - name: ehr.lookup_patient
    description: Finds a patient.
    parameters: {type: object, properties: {id: {type: integer}}}
steps:
)";

const std::string kPlainCall = kHead + R"(
  - agent: Good morning, what can I do for you?
  - caller: Who is patient seven?
    after: 600ms
  - agent: One moment, please.
  - tool: ehr.lookup_patient
    arguments: {id: 7}
    result: {name: "Ann"}
    latency: 900ms
  - agent: Patient seven is Ann.
  - hang_up: caller
    after: 1s
)";

trace::Trace compile(const std::string& script) { return import_scenario("call.yaml", script, speak_in_tones); }

struct Frame {
  VirtualTime at;
  trace::Direction direction;
  std::uint32_t exchange;
  wire::RealtimeFrame fields;
};

std::vector<Frame> frames_of(const trace::Trace& trace) {
  std::vector<Frame> frames;
  for (const trace::Event& event : trace.events) {
    if (event.kind != trace::EventKind::message) continue;
    frames.push_back(
        {event.at, event.direction, event.exchange, wire::parse_realtime(trace::body_field(event.body, 1))});
  }
  return frames;
}

std::vector<Frame> frames_of(const trace::Trace& trace, RealtimeType type) {
  std::vector<Frame> found;
  for (const Frame& frame : frames_of(trace)) {
    if (frame.fields.type == type) found.push_back(frame);
  }
  return found;
}

std::vector<trace::Event> events_on(const trace::Trace& trace, std::string_view channel) {
  std::vector<trace::Event> found;
  for (const trace::Event& event : trace.events) {
    if (event.channel == trace.channels.find(channel)->id) found.push_back(event);
  }
  return found;
}

std::string refusal_of(const std::string& script) {
  try {
    compile(script);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a scenario is recorded as a media bridge would have recorded it") {
  const trace::Trace call = compile(kPlainCall);
  for (const char* name : {"caller", "caller.audio", "agent.audio", "model", "tool:ehr.lookup_patient"}) {
    CHECK(call.channels.find(name) != nullptr);
  }
  CHECK(call.facts().source == "scenario");
  // Everything but the streams of sound, words and arguments.
  std::string order;
  for (const Frame& frame : frames_of(call)) {
    const RealtimeType type = frame.fields.type;
    if (type == RealtimeType::input_audio_append || type == RealtimeType::output_audio_delta || is_token(type))
      continue;
    order += frame.direction == trace::Direction::from_agent ? "> " : "< ";
    order += std::string(name_of(type)) + "\n";
  }
  CHECK(order ==
        "< session.created\n"
        "> session.update\n"
        "< session.updated\n"
        "> response.create\n"
        "< response.created\n"
        "< response.output_item.added\n"
        "< conversation.item.added\n"
        "< response.content_part.added\n"
        "< response.output_audio.done\n"
        "< response.output_audio_transcript.done\n"
        "< response.content_part.done\n"
        "< conversation.item.done\n"
        "< response.output_item.done\n"
        "< response.done\n"
        "< rate_limits.updated\n"
        "< input_audio_buffer.speech_started\n"
        "< input_audio_buffer.speech_stopped\n"
        "< input_audio_buffer.committed\n"
        "< conversation.item.added\n"
        "< conversation.item.done\n"
        "< response.created\n"
        "< conversation.item.input_audio_transcription.completed\n"
        "< response.output_item.added\n"
        "< conversation.item.added\n"
        "< response.content_part.added\n"
        "< response.output_audio.done\n"
        "< response.output_audio_transcript.done\n"
        "< response.content_part.done\n"
        "< conversation.item.done\n"
        "< response.output_item.done\n"
        "< response.output_item.added\n"
        "< conversation.item.added\n"
        "< response.function_call_arguments.done\n"
        "< conversation.item.done\n"
        "< response.output_item.done\n"
        "< response.done\n"
        "< rate_limits.updated\n"
        "> conversation.item.create\n"
        "> response.create\n"
        "< conversation.item.added\n"
        "< conversation.item.done\n"
        "< response.created\n"
        "< response.output_item.added\n"
        "< conversation.item.added\n"
        "< response.content_part.added\n"
        "< response.output_audio.done\n"
        "< response.output_audio_transcript.done\n"
        "< response.content_part.done\n"
        "< conversation.item.done\n"
        "< response.output_item.done\n"
        "< response.done\n"
        "< rate_limits.updated\n");
}

TEST_CASE("the same script gives the same trace") {
  const auto digest = [] {
    trace::ContentRoot root;
    for (const trace::Event& event : compile(kPlainCall).events) root.add(event);
    return root.finish();
  };
  CHECK(digest() == digest());
}

TEST_CASE("times never run backwards and the caller's track has a frame every 20 ms") {
  const trace::Trace call = compile(kPlainCall);
  VirtualTime latest;
  for (const trace::Event& event : call.events) {
    CHECK(event.at >= latest);
    latest = event.at;
  }
  const std::vector<trace::Event> frames = events_on(call, "caller.audio");
  for (std::size_t i = 0; i < frames.size(); ++i) {
    REQUIRE(frames[i].at == VirtualTime() + milliseconds(20) * static_cast<std::int64_t>(i));
    REQUIRE(trace::body_of<trace::Audio>(frames[i]).samples.size() == 160);
  }
  CHECK(call.duration() - frames.back().at.since_start() <= milliseconds(20));
}

TEST_CASE("the model hears the caller's track and the caller hears the model's sound") {
  const trace::Trace call = compile(kPlainCall);
  Bytes heard_by_model;
  Bytes said_by_model;
  for (const Frame& frame : frames_of(call)) {
    if (frame.fields.type == RealtimeType::input_audio_append) heard_by_model += frame.fields.audio;
    if (frame.fields.type == RealtimeType::output_audio_delta) said_by_model += frame.fields.audio;
  }
  Bytes caller_track;
  for (const trace::Event& event : events_on(call, "caller.audio")) caller_track += trace::body_field(event.body, 1);
  Bytes agent_track;
  for (const trace::Event& event : events_on(call, "agent.audio")) agent_track += trace::body_field(event.body, 1);
  CHECK(heard_by_model == caller_track);
  CHECK(said_by_model == agent_track);
}

TEST_CASE("voice activity is where our own detector finds it") {
  const trace::Trace call = compile(kPlainCall);
  audio::SpeechDetector detector(kScenarioFormat);
  std::vector<audio::SpeechDetector::Edge> edges;
  for (const trace::Event& event : events_on(call, "caller.audio")) {
    detector.feed(trace::body_field(event.body, 1), edges);
  }
  REQUIRE(edges.size() == 2);
  CHECK(frames_of(call, RealtimeType::speech_started).at(0).fields.audio_start_ms == edges[0].at.ms());
  CHECK(frames_of(call, RealtimeType::speech_stopped).at(0).fields.audio_end_ms == edges[1].at.ms());
}

TEST_CASE("the caller's gap counts from the end of what was played") {
  const trace::Trace call = compile(kPlainCall);
  audio::Playout playout(kScenarioFormat);
  for (const trace::Event& event : events_on(call, "agent.audio")) {
    if (event.at < VirtualTime() + seconds(2)) playout.enqueue(event.at, trace::body_field(event.body, 1));
  }
  const VirtualTime greeting_end = playout.audible().back().end;
  const VirtualTime caller_begin =
      VirtualTime() + milliseconds(*frames_of(call, RealtimeType::speech_started).at(0).fields.audio_start_ms);
  CHECK(caller_begin - greeting_end >= milliseconds(600));
  CHECK(caller_begin - greeting_end < milliseconds(620));
}

TEST_CASE("a tool is called with the script's arguments and answers after its latency") {
  const trace::Trace call = compile(kPlainCall);
  const std::vector<trace::Event> exchange = events_on(call, "tool:ehr.lookup_patient");
  REQUIRE(exchange.size() == 2);
  const auto request = trace::body_of<trace::Request>(exchange[0]);
  const auto response = trace::body_of<trace::Response>(exchange[1]);
  CHECK(request.operation == "ehr.lookup_patient");
  CHECK(request.body == R"({"id":7})");
  CHECK(response.body == R"({"name":"Ann"})");
  CHECK(exchange[1].at - exchange[0].at == milliseconds(900));
  CHECK(exchange[0].exchange == 1);
  const Frame call_done = frames_of(call, RealtimeType::arguments_done).at(0);
  CHECK(call_done.fields.name == "lookup_patient");
  Bytes streamed;
  for (const Frame& delta : frames_of(call, RealtimeType::arguments_delta)) streamed += delta.fields.delta;
  CHECK(streamed == call_done.fields.arguments);
  const Frame output = frames_of(call, RealtimeType::item_create).at(0);
  CHECK(output.fields.call_id == call_done.fields.call_id);
  CHECK(output.fields.output == response.body);
}

TEST_CASE("frames of a response carry its number") {
  const trace::Trace call = compile(kPlainCall);
  std::uint32_t number = 0;
  for (const Frame& frame : frames_of(call)) {
    if (frame.fields.type == RealtimeType::response_created) ++number;
    if (!frame.fields.response_id.empty()) CHECK(frame.exchange == number);
    if (frame.direction == trace::Direction::from_agent) CHECK(frame.exchange == 0);
  }
  CHECK(number == 3);
}

TEST_CASE("interrupting a finished stream cuts what is played and says how much was heard") {
  // 5 s of speech are streamed within 1 s; the caller comes in at 2 s.
  const std::string sentence(80, 'a');
  const trace::Trace call = compile(kHead + "  - agent: " + sentence + R"(
  - caller: No, stop it.
    interrupts: 2s
  - agent: I stop.
  - hang_up: caller
)");
  const std::vector<trace::Event> clears = [&] {
    std::vector<trace::Event> found;
    for (const trace::Event& event : events_on(call, "caller")) {
      if (event.kind == trace::EventKind::clear) found.push_back(event);
    }
    return found;
  }();
  REQUIRE(clears.size() == 1);
  const Frame truncate = frames_of(call, RealtimeType::item_truncate).at(0);
  CHECK(truncate.at == clears[0].at);
  CHECK(truncate.at == frames_of(call, RealtimeType::speech_started).at(0).at);
  // 2 s, up to 20 ms to the grid, 20 ms until the second frame decides, 60 ms on the way.
  CHECK(*truncate.fields.audio_end_ms >= 2080);
  CHECK(*truncate.fields.audio_end_ms <= 2100);
  for (const Frame& done : frames_of(call, RealtimeType::response_done)) CHECK(done.fields.status == "completed");
}

TEST_CASE("interrupting a response that still streams cancels it") {
  const std::string sentence(200, 'a');  // 12 s, streamed within 2.4 s
  const trace::Trace call = compile(kHead + "  - agent: " + sentence + R"(
  - caller: No, stop it.
    interrupts: 1s
  - agent: I stop.
  - hang_up: agent
)");
  const std::vector<Frame> done = frames_of(call, RealtimeType::response_done);
  REQUIRE(done.size() == 2);
  CHECK(done[0].fields.status == "cancelled");
  CHECK(done[0].fields.reason == "turn_detected");
  CHECK(done[1].fields.status == "completed");
  for (const Frame& delta : frames_of(call, RealtimeType::output_audio_delta)) {
    if (delta.exchange == 1) CHECK(delta.at <= frames_of(call, RealtimeType::speech_started).at(0).at);
  }
  const trace::Event last = events_on(call, "caller").back();
  CHECK(trace::body_of<trace::HungUp>(last).by == "agent");
  CHECK(last.direction == trace::Direction::from_agent);
}

TEST_CASE("a caller can speak first, and say words at a given time") {
  const trace::Trace call = compile(kHead + R"(
  - caller: Hello there.
    at: 2s
  - agent: Hello.
  - hang_up: caller
)");
  CHECK(frames_of(call, RealtimeType::speech_started).at(0).fields.audio_start_ms == 2000);
  CHECK(frames_of(call, RealtimeType::response_create).empty());
}

TEST_CASE("synthesized speech is trimmed, levelled and silent where nobody speaks") {
  const audio::Format pcm{.encoding = audio::Encoding::pcm16le, .rate = 8000};
  const Bytes pause = audio::silence(audio::bytes_for(seconds(1), pcm), pcm);
  const Bytes word = audio::tone(milliseconds(200), pcm);
  const Bytes speech = telephone_speech(audio::decode(pause + word + pause + word + pause, pcm));
  CHECK(audio::duration_of(speech.size(), kScenarioFormat) == milliseconds(700));
  CHECK(speech.substr(200 * 8, 300 * 8) == audio::silence(300 * 8, kScenarioFormat));
  audio::Loudness loudness;
  loudness.add(BytesView(speech).substr(0, 1600), kScenarioFormat);
  CHECK(loudness.magnitude_sum / loudness.samples > kScenarioLevel * 9 / 10);
  CHECK(loudness.magnitude_sum / loudness.samples < kScenarioLevel * 11 / 10);
  CHECK(telephone_speech(audio::decode(pause, pcm)).empty());
}

TEST_CASE("a script that cannot be is refused with its line and the reason") {
  const auto steps = [](const std::string& text) { return refusal_of(kHead + text); };
  CHECK_THAT(refusal_of("steps: ["), Catch::StartsWith("call.yaml: line "));
  CHECK_THAT(refusal_of("[]"), Catch::Contains("a scenario script"));
  CHECK_THAT(refusal_of("ringback: 2\nsteps: []"), Catch::Contains("ringback: 1"));
  CHECK_THAT(refusal_of("ringback: 1\nstepps: []"), Catch::Contains("did you mean \"steps\"?"));
  CHECK_THAT(refusal_of("ringback: 1\nsteps: []"), Catch::Contains("a list of 1 to"));
  CHECK_THAT(steps("  - agent: Hi\n"), Catch::Contains("line 8: expected a hang_up as the last step"));
  CHECK_THAT(steps("  - hang_up: caller\n"), Catch::Contains("first step"));
  CHECK_THAT(steps("  - agent: Hi\n    caller: Ho\n"), Catch::Contains("one of agent, caller"));
  CHECK_THAT(steps("  - agent: Hi\n  - agent: Ho\n  - hang_up: caller\n"), Catch::Contains("line 9"));
  CHECK_THAT(steps("  - agent: Hi\n    after: 2s\n  - hang_up: caller\n"), Catch::Contains("\"after\" belongs to"));
  CHECK_THAT(steps("  - agent: Hi\n    latency: soon\n  - hang_up: caller\n"), Catch::Contains("latency"));
  CHECK_THAT(steps("  - agent: Hi\n  - tool: ehr.lookup_patiant\n  - agent: Hi\n  - hang_up: caller\n"),
             Catch::Contains("did you mean ehr.lookup_patient?"));
  CHECK_THAT(steps("  - agent: Hi\n  - tool: ehr.lookup_patient\n  - hang_up: caller\n"),
             Catch::Contains("answers every result"));
  CHECK_THAT(steps("  - agent: Hi\n  - hang_up: nobody\n"), Catch::Contains("found \"nobody\""));
  CHECK_THAT(steps("  - caller: Hi\n    interrupts: 1s\n  - agent: Hi\n  - hang_up: caller\n"),
             Catch::Contains("no speech to interrupt"));
  CHECK_THAT(steps("  - agent: Hi\n  - caller: Stop\n    interrupts: 20s\n  - agent: Hi\n  - hang_up: caller\n"),
             Catch::Contains("line 9: expected speech that goes on for longer than 20s"));
  CHECK_THAT(steps("  - agent: Hi\n  - caller: Bye\n  - hang_up: caller\n    after: 5s\n"),
             Catch::Contains("within 500ms"));
  CHECK_THAT(steps("  - caller: Bye\n    at: 9000s\n  - agent: Hi\n  - hang_up: caller\n"), Catch::Contains("0s to"));
  CHECK_THAT(steps("  - agent: \"\"\n  - hang_up: caller\n"), Catch::Contains("to say"));
  CHECK_THAT(steps("  - agent: " + std::string(kScenarioLineBytesMax + 1, 'a') + "\n  - hang_up: caller\n"),
             Catch::Contains("to say"));
  CHECK_THAT(refusal_of(std::string(kScenarioBytesMax + 1, '#')), Catch::Contains("at most"));
  CHECK_THAT(steps("  - agent: Hi\n    latency: 59ms\n  - hang_up: caller\n"),
             Catch::Contains("line 8: expected a \"latency\" of at least 60ms, found 59ms"));
  CHECK_THAT(refusal_of("ringback: 1\ntools:\n  ehr: find\nsteps: []"),
             Catch::Contains("line 3: expected \"tools\": a list"));
  CHECK_THAT(refusal_of("ringback: 1\ntools:\n- name: a.find\n- name: b.find\nsteps: []"),
             Catch::Contains("line 4: expected tools that the model can tell apart, found a.find and b.find"));
}

TEST_CASE("a line of which nothing is heard is refused") {
  const SpeechSynthesizer mute = [](const std::string&, const ScenarioVoice&) {
    return std::vector<std::int16_t>(800, 0);
  };
  CHECK_THROWS_WITH(import_scenario("call.yaml", kPlainCall, mute), Catch::Contains("nothing is heard"));
}

TEST_CASE("a scenario is told from other YAML files") {
  const Importer importer = scenario_importer(speak_in_tones);
  CHECK(importer.detect(kPlainCall, "call.yaml"));
  CHECK_FALSE(importer.detect("ringback: 1\nfaults: []\n", "faults.yaml"));
  CHECK_FALSE(importer.detect("version: 1\ninteractions:\n- kind: message\n", "cassette.yaml"));
}

TEST_CASE("keys silence the agent and are passed on to the model as one line") {
  const trace::Trace call = compile(kHead + R"(
  - agent: Press one for the opening hours, press two for everything else that we do here.
  - keys: "471#"
    interrupts: 1s
  - agent: Thank you.
  - hang_up: caller
)");
  std::string keys;
  bool was_cleared = false;
  for (const trace::Event& event : events_on(call, "caller")) {
    if (event.kind == trace::EventKind::dtmf) keys += trace::body_of<trace::Dtmf>(event).digit;
    if (event.kind == trace::EventKind::clear) was_cleared = keys == "4";
  }
  CHECK(keys == "471#");
  CHECK(was_cleared);
  const std::vector<Frame> created = frames_of(call, RealtimeType::item_create);
  REQUIRE(created.size() == 1);
  CHECK(created[0].fields.transcript == "The caller pressed 471 on the keypad.");
  CHECK(frames_of(call, RealtimeType::response_done).size() == 2);
}

TEST_CASE("keys without # are complete after a second and a half") {
  const trace::Trace call = compile(kHead + R"(
  - agent: Press one.
  - keys: "1"
    after: 2s
  - agent: Thank you.
  - hang_up: caller
)");
  const std::vector<Frame> created = frames_of(call, RealtimeType::item_create);
  REQUIRE(created.size() == 1);
  for (const trace::Event& event : events_on(call, "caller")) {
    if (event.kind == trace::EventKind::dtmf) CHECK((created[0].at - event.at == milliseconds(1500)));
  }
}

TEST_CASE("a hand-over changes the session and calls no tool") {
  const trace::Trace call = compile(R"(ringback: 1
instructions: Receive.
prompts:
  - {name: billing, instructions: Bill.}
tools:
  - {name: line.check}
  - {name: billing.invoice, prompt: billing}
steps:
  - agent: Hello.
  - caller: What do I owe?
  - hand_over: billing
  - agent: Billing here.
  - hang_up: caller
)");
  CHECK(call.channels.find("tool:transfer_to_billing") == nullptr);
  const std::vector<Frame> updates = frames_of(call, RealtimeType::session_update);
  REQUIRE(updates.size() == 2);
  CHECK_THAT(std::string(updates[0].fields.text), Catch::Contains("Receive.") && Catch::Contains("\"check\"") &&
                                                      Catch::Contains("transfer_to_billing") &&
                                                      !Catch::Contains("invoice"));
  CHECK_THAT(std::string(updates[1].fields.text), Catch::Contains("Bill.") && Catch::Contains("\"invoice\"") &&
                                                      !Catch::Contains("transfer_to_billing") &&
                                                      !Catch::Contains("\"check\""));
  const std::vector<Frame> created = frames_of(call, RealtimeType::item_create);
  REQUIRE(created.size() == 1);
  CHECK(created[0].fields.output == R"({"transferred_to":"billing"})");
  CHECK((created[0].at == updates[1].at));
}

TEST_CASE("a tool that is given up is asked again with doubled waits, and the model is told nothing") {
  const trace::Trace call = compile(kHead + R"(
  - agent: One moment.
  - tool: ehr.lookup_patient
    result: "{not-json"
    latency: 300ms
    attempts: 3
    backoff: 100ms
    gives_up: true
  - hang_up: caller
    after: 9s
)");
  std::vector<std::int64_t> asked_ms;
  for (const trace::Event& event : events_on(call, "tool:ehr.lookup_patient")) {
    if (event.kind == trace::EventKind::request) asked_ms.push_back(event.at.since_start().ms());
  }
  REQUIRE(asked_ms.size() == 3);
  CHECK(asked_ms[1] - asked_ms[0] == 400);
  CHECK(asked_ms[2] - asked_ms[1] == 500);
  CHECK(frames_of(call, RealtimeType::item_create).empty());
}

TEST_CASE("keys, prompts and attempts that cannot be are refused") {
  CHECK_THAT(refusal_of(kHead + "  - keys: \"12x\"\n  - hang_up: caller\n"), Catch::Contains("expected 1 to 64 keys"));
  CHECK_THAT(refusal_of(kHead + "  - agent: Press.\n  - keys: \"1#2\"\n  - agent: No.\n  - hang_up: caller\n"),
             Catch::Contains("expected # as the last key"));
  CHECK_THAT(refusal_of(kHead + "  - hand_over: billing\n  - hang_up: caller\n"),
             Catch::Contains("no prompt \"billing\""));
  CHECK_THAT(refusal_of(kHead + "  - agent: Hi.\n    attempts: 2\n  - hang_up: caller\n"),
             Catch::Contains("\"attempts\" belongs to a tool"));
  CHECK_THAT(refusal_of(kHead + "  - agent: Hi.\n  - tool: ehr.lookup_patient\n    gives_up: true\n  - agent: Ho.\n" +
                        "  - hang_up: caller\n"),
             Catch::Contains("expected a hang_up after a tool that the agent gives up"));
  CHECK_THAT(
      refusal_of(kHead + "  - agent: Hi.\n  - tool: ehr.lookup_patient\n    gives_up: often\n  - hang_up: caller\n"),
      Catch::Contains("expected true or false"));
}

}  // namespace ringback::formats
