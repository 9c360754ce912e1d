#include "src/wire/realtime.h"

#include <catch2/catch.hpp>

#include "src/base/error.h"

namespace ringback::wire {

namespace {

const RealtimePlace kPlace{
    .event_id = "event_1", .response_id = "resp_1", .item_id = "item_1", .output_index = 1, .content_index = 2};
const RealtimeItem kUser{.id = "item_1", .role = "user", .part_type = "input_audio", .transcript = "Hello, \"you\"\n"};
const RealtimeItem kCall{.id = "item_2",
                         .type = "function_call",
                         .status = "in_progress",
                         .name = "lookup_patient",
                         .call_id = "call_1",
                         .arguments = "{\"id\":1}"};
const RealtimeItem kOutput{.id = "item_3", .type = "function_call_output", .call_id = "call_1", .output = "{}"};
const Bytes kSamples("\xFF\x00\x7F\x80\x01", 5);

std::vector<RealtimeFrame> one_of_each() {
  return {
      append_audio(kSamples),
      session_update(R"({"type":"realtime"})"),
      create_user_text("What's the weather?"),
      create_function_output("call_1", "{not-json"),
      response_create(),
      response_create(R"({"instructions":"Be brief."})"),
      response_cancel(),
      truncate("item_1", 1234),
      session_created("event_1", R"({"id":"sess_1"})"),
      session_updated("event_1", R"({"id":"sess_1"})"),
      item_added("event_1", "item_0", kUser),
      item_added("event_1", "", {.id = "item_9", .status = "in_progress"}),
      item_done("event_1", "", kCall),
      item_done("event_1", "item_2", kOutput),
      item_truncated("event_1", "item_1", 1234),
      speech_started("event_1", "item_1", 0),
      speech_stopped("event_1", "item_1", 5000),
      committed("event_1", "", "item_1"),
      input_transcription_completed("event_1", "item_1", "Hello"),
      response_created("event_1", "resp_1"),
      response_done("event_1", "resp_1", "completed", ""),
      response_done("event_1", "resp_1", "cancelled", "turn_detected", {kUser, kCall}),
      output_item_added(kPlace, kCall),
      output_item_done(kPlace, kUser),
      content_part_added(kPlace, "audio"),
      content_part_done(kPlace, "text", "Good morning"),
      output_audio_delta(kPlace, kSamples),
      output_audio_done(kPlace),
      audio_transcript_delta(kPlace, "Good"),
      audio_transcript_done(kPlace, "Good morning"),
      text_delta(kPlace, "Good"),
      text_done(kPlace, "Good morning"),
      function_call_arguments_delta(kPlace, "call_1", "{\"id\""),
      function_call_arguments_done(kPlace, "call_1", "lookup_patient", "{\"id\":1}"),
      rate_limits_updated("event_1"),
      error_event("event_1", "invalid_request_error", "response_cancel_not_active", "Nothing to cancel"),
      error_event("event_1", "server_error", "", "Oh"),
  };
}

}  // namespace

TEST_CASE("a built frame is what parsing its text gives") {
  for (const RealtimeFrame& built : one_of_each()) {
    CAPTURE(built.text);
    CHECK(parse_realtime(built.text) == built);
    CHECK(built.type != RealtimeType::other);
  }
}

// The frame without its text, or nothing where it is none.
std::optional<RealtimeFrame> fields_of(BytesView text) {
  try {
    RealtimeFrame frame = parse_realtime(text);
    frame.text.clear();
    return frame;
  } catch (const Error&) {
    return std::nullopt;
  }
}

TEST_CASE("a damaged frame says the same whether or not another object stands inside it") {
  constexpr BytesView kOctets("\"\\{}[],: 019-.etn\t\n\x01\x7F\x80\xC3", 24);
  // What has an object inside is read by another way than what has none.
  const auto with_object = [](BytesView text) { return "{\"nothing\":{}," + Bytes(text.substr(1)); };
  std::size_t compared = 0;
  const auto compare = [&](const Bytes& text) {
    if (text.empty() || text.front() != '{') return;
    ++compared;
    if (fields_of(text) != fields_of(with_object(text))) FAIL("read in two ways: " << text);
  };
  for (const RealtimeFrame& built : one_of_each()) {
    compare(built.text);
    for (std::size_t i = 0; i < built.text.size(); ++i) {
      Bytes damaged = built.text;
      damaged.erase(i, 1);
      compare(damaged);
      for (const char octet : kOctets) {
        damaged = built.text;
        damaged[i] = octet;
        compare(damaged);
      }
    }
  }
  for (const char* text :
       {R"({ "type" : "ping" , "output_index" : 7 , "name" : "a" , "name" : "b" })",
        R"({"type":"ping","name":"b","name":1})", R"({"type":"ping","output_index":007})",
        R"({"type":"ping","output_index":999999999999999999})", R"({"type":"ping","output_index":9999999999999999999})",
        R"({"type":"ping","audio_end_ms":-5})", R"({"type":"ping","name":"\u0041"})", R"({"type":"ping"}x)",
        R"({"type":"ping"} )", R"({"type":"ping",})", R"({"type":1})", R"({"type":""})",
        R"({"text":"t","type":"ping"})", R"({"type":"ping","name":nul})"}) {
    compare(text);
  }
  CHECK(compared > 10'000);
}

TEST_CASE("names of the beta mean the types of the general release") {
  const RealtimeFrame delta =
      parse_realtime(R"({"type":"response.audio_transcript.delta","delta":"Hi","item_id":"i"})");
  CHECK(delta.type == RealtimeType::audio_transcript_delta);
  CHECK(delta.type_name == "response.audio_transcript.delta");
  CHECK(delta.delta == "Hi");
  CHECK(parse_realtime(R"({"type":"response.audio.delta","delta":"AAEC"})").audio == Bytes("\0\1\2", 3));
  CHECK(parse_realtime(R"({"type":"response.text.done","text":"Hi"})").transcript == "Hi");
  CHECK(parse_realtime(R"({"type":"conversation.item.created","item":{"id":"i"}})").type == RealtimeType::item_added);
}

TEST_CASE("a type that nobody knows is kept as other") {
  const RealtimeFrame frame = parse_realtime(R"({"type":"ping","timestamp":1785217655123})");
  CHECK(frame.type == RealtimeType::other);
  CHECK(frame.type_name == "ping");
  CHECK(name_of(frame.type).empty());
}

TEST_CASE("tokens are text, transcript and arguments deltas, never audio") {
  CHECK(is_token(text_delta(kPlace, "a")));
  CHECK(is_token(audio_transcript_delta(kPlace, "a")));
  CHECK(is_token(function_call_arguments_delta(kPlace, "call_1", "{")));
  CHECK_FALSE(is_token(output_audio_delta(kPlace, kSamples)));
  CHECK_FALSE(is_token(RealtimeType::input_transcription_delta));
  CHECK_FALSE(is_token(text_done(kPlace, "a")));
}

TEST_CASE("the client's frames are told from the server's") {
  CHECK(is_client_type(RealtimeType::session_update));
  CHECK(is_client_type(RealtimeType::output_audio_clear));
  CHECK_FALSE(is_client_type(RealtimeType::session_created));
  CHECK_FALSE(is_client_type(RealtimeType::other));
}

TEST_CASE("a failed response tells its error's code") {
  const RealtimeFrame frame = parse_realtime(
      R"({"type":"response.done","response":{"id":"r","status":"failed",)"
      R"("status_details":{"type":"failed","error":{"type":"server_error","code":"rate_limit_exceeded"}}}})");
  CHECK(frame.response_id == "r");
  CHECK(frame.status == "failed");
  CHECK(frame.code == "rate_limit_exceeded");
}

TEST_CASE("other samples leave everything else in a frame as it is") {
  const RealtimeFrame delta =
      parse_realtime(R"({"type":"response.audio.delta","item_id":"a","delta":"AAEC","odd":[1]})");
  const RealtimeFrame changed = with_audio(delta, "xyz");
  REQUIRE(changed.text == R"({"type":"response.audio.delta","item_id":"a","delta":"eHl6","odd":[1]})");
  REQUIRE(changed == parse_realtime(changed.text));
  const RealtimeFrame append = with_audio(append_audio("abc"), "xyz");
  REQUIRE(append == append_audio("xyz"));
}

TEST_CASE("damaged frames are refused, odd fields are left out") {
  for (const BytesView text :
       {"", "{not-json", "[]", "3", "{}", R"({"type":3})", R"({"type":""})", "{\"type\":\"x\"} x"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_realtime(text), Error);
  }
  CHECK_THROWS_AS(parse_realtime("{\"type\":\"x\",\"a\":" + Bytes(5000, '[') + Bytes(5000, ']') + "}"), Error);
  CHECK(parse_realtime(R"({"type":"response.output_audio.delta","delta":"A"})").audio.empty());
  CHECK(parse_realtime(R"({"type":"x","output_index":-4})").output_index == 0);
  CHECK(parse_realtime(R"({"type":"x","item_id":7,"item":[],"response":null,"error":"x"})").item_id.empty());
}

}  // namespace ringback::wire
