#include "src/wire/speech.h"

#include <catch2/catch.hpp>

#include "src/base/error.h"
#include "src/wire/sentences.h"

namespace ringback::wire {
namespace {

TEST_CASE("a speech frame is read as it was written", "[speech]") {
  const SpeechFrame frames[] = {
      {.type = SpeechType::start, .encoding = "mulaw", .rate = 8000},
      {.type = SpeechType::ready},
      {.type = SpeechType::audio, .id = "say_1", .audio = Bytes("\0\xff\x7f", 3)},
      {.type = SpeechType::speech_started, .at_ms = 1200},
      {.type = SpeechType::partial, .text = "hel"},
      {.type = SpeechType::final_transcript, .text = "hello \"you\"", .at_ms = 1900},
      {.type = SpeechType::speak, .id = "say_1", .text = "Good morning."},
      {.type = SpeechType::cancel, .id = "say_1"},
      {.type = SpeechType::done, .id = "say_1"},
      {.type = SpeechType::error, .text = "too long", .code = "limit"},
  };
  for (const SpeechFrame& frame : frames) REQUIRE(parse_speech(to_json(frame)) == frame);
}

TEST_CASE("what is no speech frame is refused, and a frame of another type is other", "[speech]") {
  REQUIRE_THROWS_AS(parse_speech("{}"), Error);
  REQUIRE_THROWS_AS(parse_speech("{not-json"), Error);
  REQUIRE(parse_speech(R"({"type":"keepalive"})").type == SpeechType::other);
  REQUIRE(parse_speech(R"({"type":"audio","audio":"%%"})").audio.empty());
}

TEST_CASE("text in any pieces gives the same sentences", "[speech]") {
  const Bytes text = "Good morning! I have 3.5 minutes. How can I help?  Bye";
  for (std::size_t size = 1; size < text.size(); ++size) {
    Sentences sentences;
    std::vector<Bytes> all;
    for (std::size_t at = 0; at < text.size(); at += size) {
      for (Bytes& sentence : sentences.take(BytesView(text).substr(at, size))) all.push_back(std::move(sentence));
    }
    for (Bytes& sentence : sentences.finish()) all.push_back(std::move(sentence));
    REQUIRE(all == std::vector<Bytes>{"Good morning!", "I have 3.5 minutes.", "How can I help?", "Bye"});
  }
}

}  // namespace
}  // namespace ringback::wire
