#include "sim/dialog/session_settings.h"

#include <catch2/catch.hpp>

namespace ringback::sim {

TEST_CASE("a general-release session sets formats, turn detection and modality", "[peers]") {
  SessionSettings settings;
  apply_session(R"({"type":"session.update","session":{"output_modalities":["text"],"audio":{
      "input":{"format":{"type":"audio/pcmu"},"turn_detection":{"type":"server_vad","create_response":false}},
      "output":{"format":{"type":"audio/pcma"}}}}})",
                settings);
  REQUIRE(settings.input.encoding == audio::Encoding::mulaw);
  REQUIRE(settings.output.encoding == audio::Encoding::alaw);
  REQUIRE(settings.detects_turns);
  REQUIRE_FALSE(settings.creates_responses);
  REQUIRE(settings.interrupts_responses);
  REQUIRE_FALSE(settings.speaks);
}

TEST_CASE("a beta session is read as well", "[peers]") {
  SessionSettings settings;
  apply_session(
      R"({"session":{"modalities":["text","audio"],"input_audio_format":"g711_ulaw","output_audio_format":"pcm16",
      "turn_detection":null}})",
      settings);
  REQUIRE(settings.input.encoding == audio::Encoding::mulaw);
  REQUIRE(settings.output.rate == 24'000);
  REQUIRE_FALSE(settings.detects_turns);
  REQUIRE(settings.speaks);
}

TEST_CASE("what a session does not mention stays as it was", "[peers]") {
  SessionSettings settings;
  apply_session(R"({"session":{"audio":{"input":{"format":{"type":"audio/pcmu"}}}}})", settings);
  apply_session(R"({"session":{"instructions":"be brief"}})", settings);
  REQUIRE(settings.input.encoding == audio::Encoding::mulaw);
}

TEST_CASE("the session in effect is what was asked for, with the formats that it has", "[peers]") {
  SessionSettings settings;
  settings.input = {audio::Encoding::mulaw, 8'000};
  settings.output = {audio::Encoding::alaw, 8'000};
  const Bytes asked = R"({"session":{"type":"realtime","audio":{"input":{"turn_detection":null}},"voice":"marin"}})";
  const Bytes effect = session_in_effect(asked, settings);
  REQUIRE(effect == R"({"type":"realtime","audio":{"input":{"turn_detection":null,"format":{"type":"audio/pcmu"}},)"
                    R"("output":{"format":{"type":"audio/pcma"}}},"voice":"marin"})");
  SessionSettings read;
  apply_session("{\"session\":" + effect + "}", read);
  REQUIRE(read.input == settings.input);
  REQUIRE(read.output == settings.output);
}

TEST_CASE("a frame without a session, or no JSON at all, changes nothing", "[peers]") {
  for (const char* text : {"", "{", "[]", R"({"session":null})", R"({"session":{"audio":3}})"}) {
    SessionSettings settings;
    apply_session(text, settings);
    REQUIRE(settings.input.rate == 24'000);
    REQUIRE(settings.speaks);
  }
  REQUIRE(
      session_in_effect("{", {}) ==
      R"({"audio":{"input":{"format":{"type":"audio/pcm","rate":24000}},"output":{"format":{"type":"audio/pcm","rate":24000}}}})");
  REQUIRE(session_object("{").empty());
  REQUIRE(session_object(R"({"session":{"type":"realtime"}})") == R"({"type":"realtime"})");
}

}  // namespace ringback::sim
