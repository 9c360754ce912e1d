#include "src/audio/g711.h"

#include <cstdlib>

#include <catch2/catch.hpp>

#include "src/audio/tone.h"
#include "src/base/error.h"

namespace ringback::audio {

namespace {

constexpr Format kMulaw{.encoding = Encoding::mulaw, .rate = 8000};
constexpr Format kAlaw{.encoding = Encoding::alaw, .rate = 8000};
constexpr Format kPcm{.encoding = Encoding::pcm16le, .rate = 8000};

// The largest distance from a sample to the level it is coded as, for a code whose steps are `step` wide at this
// magnitude.
int coding_error(std::int16_t sample, std::int16_t decoded) { return std::abs(sample - decoded); }

}  // namespace

TEST_CASE("the corner codes of G.711 mean what the recommendation says") {
  // Table values of ITU-T G.711, scaled from 14 and 13 bits to 16.
  CHECK(sample_of_mulaw(0xFF) == 0);
  CHECK(sample_of_mulaw(0x7F) == 0);
  CHECK(sample_of_mulaw(0x80) == 32124);
  CHECK(sample_of_mulaw(0x00) == -32124);
  CHECK(sample_of_mulaw(0xEF) == 132);
  CHECK(sample_of_alaw(0xD5) == 8);
  CHECK(sample_of_alaw(0x55) == -8);
  CHECK(sample_of_alaw(0xAA) == 32256);
  CHECK(sample_of_alaw(0x2A) == -32256);
}

TEST_CASE("decoding and encoding again gives the same octet") {
  for (int octet = 0; octet < 256; ++octet) {
    const auto code = static_cast<std::uint8_t>(octet);
    CHECK(alaw_of(sample_of_alaw(code)) == code);
    if (code != 0x7F) CHECK(mulaw_of(sample_of_mulaw(code)) == code);
  }
  CHECK(mulaw_of(sample_of_mulaw(0x7F)) == 0xFF);
}

TEST_CASE("every sample is coded as one of the levels nearest to it") {
  for (int value = -32768; value <= 32767; ++value) {
    const auto sample = static_cast<std::int16_t>(value);
    // A step is at most a sixteenth of the segment's magnitude, but 16 (A-law) and 8 (mu-law) at least.
    const int magnitude = std::abs(value);
    const int half_step = std::max(8, magnitude / 32 + 8);
    const int clipped = magnitude > 32124 ? magnitude - 32124 : 0;
    REQUIRE(coding_error(sample, sample_of_alaw(alaw_of(sample))) <= half_step + clipped);
    REQUIRE(coding_error(sample, sample_of_mulaw(mulaw_of(sample))) <= half_step + clipped);
  }
}

TEST_CASE("changing the encoding keeps the sound and refuses another rate") {
  const Bytes original = tone(milliseconds(100), kAlaw);
  CHECK(transcode(transcode(original, kAlaw, kPcm), kPcm, kAlaw) == original);
  CHECK(transcode(original, kAlaw, kMulaw).size() == original.size());
  CHECK_THROWS_AS(transcode(original, kAlaw, Format{.encoding = Encoding::alaw, .rate = 16000}), Error);
}

TEST_CASE("a cut last sample is left out") { CHECK(decode("abc", kPcm).size() == 1); }

}  // namespace ringback::audio
