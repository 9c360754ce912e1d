#include "src/audio/rate.h"

#include <catch2/catch.hpp>

#include "src/audio/g711.h"
#include "src/audio/level.h"
#include "src/audio/tone.h"

namespace ringback::audio {
namespace {

constexpr Format kTelephone{.encoding = Encoding::mulaw, .rate = 8000};
constexpr Format kStudio{.encoding = Encoding::pcm16le, .rate = 24000};
constexpr Format kSlow{.encoding = Encoding::pcm16le, .rate = 8000};

Bytes pcm(const std::vector<std::int16_t>& samples) { return encode(samples, kSlow); }

}  // namespace

TEST_CASE("a higher rate lies on straight lines between the samples") {
  CHECK(converted(pcm({0, 300, -300}), kSlow, kStudio) == pcm({0, 100, 200, 300, 100, -100, -300, -300, -300}));
}

TEST_CASE("a lower rate is the mean of the samples that it stands for") {
  CHECK(converted(pcm({0, 100, 200, 300, 300, 330, 7}), kStudio, kSlow) == pcm({100, 310, 7}));
}

TEST_CASE("what was raised and lowered again is as long and nearly as loud") {
  const Bytes sound = tone(milliseconds(200), kTelephone);
  const Bytes raised = converted(sound, kTelephone, kStudio);
  CHECK(raised.size() == sound.size() * 6);
  const Bytes lowered = converted(raised, kStudio, kTelephone);
  REQUIRE(lowered.size() == sound.size());
  Loudness before;
  before.add(sound, kTelephone);
  Loudness after;
  after.add(lowered, kTelephone);
  CHECK(after.magnitude_sum * 100 > before.magnitude_sum * 90);
  CHECK(after.magnitude_sum * 100 < before.magnitude_sum * 110);
}

TEST_CASE("the same format is the same octets, nothing is nothing, and a cut sample is left out") {
  CHECK(converted("abc", kTelephone, kTelephone) == "abc");
  CHECK(converted("", kTelephone, kStudio).empty());
  CHECK(converted("a", kStudio, kTelephone).empty());
}

}  // namespace ringback::audio
