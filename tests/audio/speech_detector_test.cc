#include "src/audio/speech_detector.h"

#include <catch2/catch.hpp>

#include "src/audio/tone.h"

namespace ringback::audio {

namespace {

const Format kTelephone{.encoding = Encoding::mulaw, .rate = 8000};

using Edges = std::vector<SpeechDetector::Edge>;

Bytes speech(std::int64_t ms) { return tone(milliseconds(ms), kTelephone); }
Bytes pause(std::int64_t ms) { return silence(bytes_for(milliseconds(ms), kTelephone), kTelephone); }

Edges edges_of(BytesView track, std::size_t chunk_bytes) {
  SpeechDetector detector(kTelephone);
  Edges edges;
  for (; !track.empty(); track.remove_prefix(std::min(chunk_bytes, track.size()))) {
    detector.feed(track.substr(0, chunk_bytes), edges);
  }
  return edges;
}

}  // namespace

TEST_CASE("speech begins at its first audible frame and ends after the last one") {
  //   0     200          700     1200
  //   |pause|   speech   | pause |
  //         at=200       at=700
  //           clock=240          clock=1200
  const Edges edges = edges_of(pause(200) + speech(500) + pause(800), 160);
  REQUIRE(edges.size() == 2);
  CHECK(edges[0].speech);
  CHECK(edges[0].at == milliseconds(200));
  CHECK(edges[0].clock == milliseconds(240));
  CHECK_FALSE(edges[1].speech);
  CHECK(edges[1].at == milliseconds(700));
  CHECK(edges[1].clock == milliseconds(1200));
}

TEST_CASE("how the track is cut into chunks does not matter") {
  const Bytes track = pause(130) + speech(470) + pause(333) + speech(90) + pause(1000);
  const Edges whole = edges_of(track, track.size());
  CHECK(whole.size() == 2);
  for (const std::size_t chunk : {1, 7, 159, 160, 161, 4000}) CHECK(edges_of(track, chunk) == whole);
}

TEST_CASE("a click shorter than the onset is not speech") {
  CHECK(edges_of(pause(100) + speech(20) + pause(1000), 160).empty());
  CHECK(edges_of(pause(100) + speech(20) + pause(20) + speech(20) + pause(1000), 160).empty());
}

TEST_CASE("a pause shorter than the end silence does not end an utterance") {
  const Edges edges = edges_of(speech(200) + pause(480) + speech(200) + pause(600), 160);
  REQUIRE(edges.size() == 2);
  CHECK(edges[1].at == milliseconds(880));
}

TEST_CASE("the same words have the same content wherever they stand on the frame grid") {
  const Bytes words = speech(200) + pause(100) + speech(300);
  const Edges early = edges_of(words + pause(600), 160);
  const Edges late = edges_of(pause(1000) + words + pause(900), 160);
  REQUIRE(early.size() == 2);
  REQUIRE(late.size() == 2);
  CHECK(early[1].content == late[1].content);
  CHECK(early[1].content != Hash128());
}

TEST_CASE("one changed sample, or a frame more, is another content") {
  Bytes words = speech(300);
  const Hash128 original = edges_of(words + pause(600), 160).at(1).content;
  words[800] = static_cast<char>(words[800] ^ 1);
  CHECK(edges_of(words + pause(600), 160).at(1).content != original);
  CHECK(edges_of(speech(320) + pause(600), 160).at(1).content != original);
}

TEST_CASE("a second utterance is found like the first") {
  const Edges edges = edges_of(speech(100) + pause(600) + speech(100) + pause(600), 160);
  REQUIRE(edges.size() == 4);
  CHECK(edges[2].at == milliseconds(700));
  CHECK(edges[3].content == edges[1].content);
}

TEST_CASE("an utterance that does not end has no end edge") {
  SpeechDetector detector(kTelephone);
  Edges edges;
  detector.feed(speech(400), edges);
  CHECK(edges.size() == 1);
  CHECK(detector.in_speech());
  CHECK(detector.clock() == milliseconds(400));
}

}  // namespace ringback::audio
