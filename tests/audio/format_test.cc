#include "src/audio/format.h"

#include <catch2/catch.hpp>

#include "src/audio/level.h"
#include "src/audio/tone.h"
#include "src/base/error.h"

namespace ringback::audio {

TEST_CASE("a format is named as traces name it") {
  CHECK(format_of("mulaw", 8000) == Format{.encoding = Encoding::mulaw, .rate = 8000});
  CHECK(format_of("pcm16le", 24000) == Format{.encoding = Encoding::pcm16le, .rate = 24000});
  for (const Encoding encoding : {Encoding::mulaw, Encoding::alaw, Encoding::pcm16le}) {
    CHECK(format_of(name_of(encoding), 8000).encoding == encoding);
  }
}

TEST_CASE("an unknown encoding and an odd rate are refused with what was expected") {
  CHECK_THROWS_WITH(format_of("mulow", 8000), Catch::Contains("did you mean mulaw?"));
  CHECK_THROWS_AS(format_of("mulaw", 0), Error);
  CHECK_THROWS_AS(format_of("mulaw", 8001), Error);
  CHECK_THROWS_AS(format_of("mulaw", kRateMax + 50), Error);
}

TEST_CASE("bytes and time are converted exactly on whole frames") {
  const Format telephone = format_of("mulaw", 8000);
  const Format wide = format_of("pcm16le", 24000);
  CHECK(frame_bytes(telephone) == 160);
  CHECK(frame_bytes(wide) == 960);
  CHECK(duration_of(160, telephone) == milliseconds(20));
  CHECK(duration_of(960 * 50 * 3600, wide) == seconds(3600));
  CHECK(bytes_for(milliseconds(20), wide) == 960);
}

TEST_CASE("a length of time holds only whole samples") {
  const Format wide = format_of("pcm16le", 24000);
  CHECK(bytes_for(nanoseconds(41'666), wide) == 0);
  CHECK(bytes_for(nanoseconds(41'667), wide) == 2);
  CHECK(bytes_for(milliseconds(-5), wide) == 0);
  CHECK(duration_of(3, wide) == duration_of(2, wide));
}

TEST_CASE("an hour of odd samples does not lose a nanosecond to rounding") {
  const Format odd = format_of("pcm16le", 22050);
  for (const std::int64_t count : {1, 22049, 22050, 22050 * 3600}) {
    const Duration length = duration_of(static_cast<std::size_t>(count) * 2, odd);
    // Rounded down, but never by a whole nanosecond.
    CHECK(length.ns() * 22050 <= count * 1'000'000'000);
    CHECK((length.ns() + 1) * 22050 > count * 1'000'000'000);
  }
}

TEST_CASE("digital silence and comfort noise are not audible, a tone and speech are") {
  for (const Encoding encoding : {Encoding::mulaw, Encoding::alaw, Encoding::pcm16le}) {
    const Format format{.encoding = encoding, .rate = 8000};
    CHECK_FALSE(is_audible(silence(frame_bytes(format), format), format));
    CHECK(is_audible(tone(kFrame, format), format));
    CHECK_FALSE(is_audible("", format));
  }
  // Alternating levels of magnitude 24 and 40 in mu-law: -60 dB below full scale.
  Bytes comfort_noise;
  for (int i = 0; i < 40; ++i) comfort_noise += "\xFC\x7C\xFA\x7A";
  CHECK_FALSE(is_audible(comfort_noise, format_of("mulaw", 8000)));
}

TEST_CASE("the threshold is the mean magnitude, not the peak") {
  const Format format = format_of("pcm16le", 8000);
  Bytes loud_click = silence(320, format);
  loud_click[0] = '\xFF';
  loud_click[1] = '\x4F';  // 20479 / 160 samples = 127
  CHECK_FALSE(is_audible(loud_click, format));
  loud_click[2] = '\x01';  // 20480 / 160 = 128
  CHECK(is_audible(loud_click, format));
}

TEST_CASE("a spoken text is a tone of 60 ms a character, not an octet") {
  const Format format = format_of("mulaw", 8000);
  CHECK(duration_of(tone_speech("hello", format).size(), format) == milliseconds(300));
  CHECK(tone_speech("h\xC3\xA9llo", format) == tone_speech("hello", format));
  CHECK(tone_speech("", format).empty());
}

TEST_CASE("a format is known exactly where format_of does not throw") {
  for (const char* encoding : {"mulaw", "alaw", "pcm16le", "opus", ""}) {
    for (const std::uint32_t rate : {0u, 999u, 1'000u, 8'000u, 8'001u, 48'000u, 192'000u, 192'050u}) {
      std::optional<Format> thrown;
      try {
        thrown = format_of(encoding, rate);
      } catch (const Error&) {
      }
      CHECK((known_format(encoding, rate) == thrown));
    }
  }
}

}  // namespace ringback::audio
