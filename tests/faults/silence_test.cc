#include "sim/faults/silence.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "tests/faults/any_schedule.h"

namespace ringback::sim {
namespace {

const Sound kTelephone{};
const Sound kWide{.rate = 24'000, .sample_bytes = 2, .silent_sample = Bytes(2, '\0')};

Anchor window(Duration from, Duration length) { return {.time = VirtualTime() + from, .duration = length}; }

TEST_CASE("a window takes the samples that begin in it") {
  // An event of 20 ms, 160 samples, at 1 s.
  const SoundPlace place{VirtualTime() + seconds(1), 0, 160};
  CHECK(span_of(window(seconds(1), seconds(1)), place, kTelephone) == SampleSpan{0, 160});
  CHECK(span_of(window(milliseconds(1'005), milliseconds(10)), place, kTelephone) == SampleSpan{40, 120});
  CHECK(span_of(window(milliseconds(0), milliseconds(1'005)), place, kTelephone) == SampleSpan{0, 40});
  CHECK(span_of(window(milliseconds(1'000), microseconds(125)), place, kTelephone) == SampleSpan{0, 1});
  CHECK(span_of(window(milliseconds(1'000), microseconds(126)), place, kTelephone) == SampleSpan{0, 2});
  CHECK(span_of(window(milliseconds(0), seconds(1)), place, kTelephone).is_empty());
  CHECK(span_of(window(milliseconds(1'020), seconds(1)), place, kTelephone).is_empty());
}

TEST_CASE("a frame is 20 ms of the track, wherever events begin") {
  // 400 samples from sample 100 on: the end of frame 0, frames 1 and 2, the beginning of frame 3.
  const SoundPlace place{VirtualTime(), 100, 400};
  const auto frames = [&](std::uint64_t first, std::uint64_t last) {
    return span_of({.frame = IntegerRange{first, last}}, place, kTelephone);
  };
  CHECK(frames(0, 0) == SampleSpan{0, 60});
  CHECK(frames(1, 1) == SampleSpan{60, 220});
  CHECK(frames(1, 2) == SampleSpan{60, 380});
  CHECK(frames(3, 3) == SampleSpan{380, 400});
  CHECK(frames(2, IntegerRange::kOpenEnd) == SampleSpan{220, 400});
  CHECK(frames(4, 9).is_empty());
  CHECK(frames(INT64_MAX, UINT64_MAX - 1).is_empty());
}

TEST_CASE("only the span becomes silent") {
  CHECK(silenced("abcdef", {2, 4}, kTelephone) ==
        "ab\xff\xff"
        "ef");
  CHECK(silenced("aabbcc!", {1, 2}, kWide) == Bytes("aa\0\0cc!", 7));
  CHECK(silenced("abc", {0, 0}, kTelephone) == "abc");
}

TEST_CASE("silence never changes a length, and touches nothing outside its span") {
  const bool held = rc::check([] {
    const Sound sound = *rc::gen::arbitrary<bool>() ? kTelephone : kWide;
    const Bytes samples = *rc::gen::container<Bytes>(rc::gen::arbitrary<char>());
    const SoundPlace place{VirtualTime::from_ns(*rc::gen::inRange<std::int64_t>(0, 2'000'000'000)),
                           *rc::gen::inRange<std::uint64_t>(0, 10'000), samples.size() / sound.sample_bytes};
    Anchor anchor;
    if (*rc::gen::arbitrary<bool>()) anchor.frame = draw_range(0);
    if (*rc::gen::arbitrary<bool>()) {
      anchor.time = VirtualTime::from_ns(*rc::gen::inRange<std::int64_t>(0, 2'000'000'000));
      anchor.duration = nanoseconds(*rc::gen::inRange<std::int64_t>(1, 100'000'000));
    }
    const SampleSpan span = span_of(anchor, place, sound);
    RC_ASSERT(span.end <= place.samples);
    const Bytes silent = silenced(samples, span, sound);
    RC_ASSERT(silent.size() == samples.size());
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const std::uint64_t sample = i / sound.sample_bytes;
      const bool is_inside = !span.is_empty() && span.begin <= sample && sample < span.end;
      RC_ASSERT(silent[i] == (is_inside ? sound.silent_sample[i % sound.sample_bytes] : samples[i]));
    }
  });
  REQUIRE(held);
}

TEST_CASE("windows side by side silence every sample once") {
  const bool held = rc::check([] {
    const auto split = nanoseconds(*rc::gen::inRange<std::int64_t>(1, 50'000'000));
    const SoundPlace place{VirtualTime() + milliseconds(5), 0, 160};
    const SampleSpan before = span_of(window(Duration(), split), place, kTelephone);
    const SampleSpan after = span_of(window(split, seconds(1)), place, kTelephone);
    RC_ASSERT(before.begin == 0u);
    RC_ASSERT(before.end == after.begin);
    RC_ASSERT(after.end == 160u);
  });
  REQUIRE(held);
}

}  // namespace
}  // namespace ringback::sim
