#include "src/audio/contour.h"

#include <catch2/catch.hpp>

#include "src/base/random.h"

namespace ringback::audio {
namespace {

// Levels of frames as if somebody spoke: some hundreds to thousands, with pauses.
std::vector<std::uint64_t> speech(Seed seed, std::size_t frames) {
  const RandomStream random({.seed = seed, .domain = "test", .entity = "contour", .purpose = "level"});
  std::vector<std::uint64_t> levels;
  for (std::size_t i = 0; i < frames; ++i) levels.push_back(i % 17 > 13 ? 20 : 300 + random.below(i / 3, 5000));
  return levels;
}

Bytes contour(const std::vector<std::uint64_t>& levels) {
  Bytes out;
  for (const std::uint64_t level : levels) out.push_back(contour_of({.magnitude_sum = level * 160, .samples = 160}));
  return out;
}

// As another frame grid would have it, which begins `percent` of a frame later.
std::vector<std::uint64_t> regridded(const std::vector<std::uint64_t>& levels, std::uint64_t percent) {
  std::vector<std::uint64_t> out;
  for (std::size_t i = 0; i <= levels.size(); ++i) {
    const std::uint64_t here = i < levels.size() ? levels[i] : 0;
    const std::uint64_t before = i == 0 ? 0 : levels[i - 1];
    out.push_back((here * (100 - percent) + before * percent) / 100);
  }
  return out;
}

}  // namespace

TEST_CASE("sound on another frame grid sounds alike, at any part of a frame") {
  for (Seed seed = 1; seed <= 20; ++seed) {
    const std::vector<std::uint64_t> levels = speech(seed, 40 + 10 * static_cast<std::size_t>(seed));
    for (const std::uint64_t percent : {0, 25, 50, 75, 100}) {
      CAPTURE(seed, percent);
      const Bytes other = contour(regridded(levels, percent));
      CHECK(sounds_alike(other, contour(levels), kWholeTolerance));
      CHECK(begins_alike(BytesView(other).substr(0, 3), contour(levels), kBeginTolerance));
    }
  }
}

TEST_CASE("two utterances do not sound alike, nor does one that was cut short") {
  for (Seed seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    const std::vector<std::uint64_t> levels = speech(seed, 60);
    CHECK_FALSE(sounds_alike(contour(speech(seed + 100, 60)), contour(levels), kWholeTolerance));
    CHECK_FALSE(sounds_alike(contour({levels.begin(), levels.end() - 8}), contour(levels), kWholeTolerance));
  }
}

TEST_CASE("half as loud is not alike, a tenth softer is") {
  const std::vector<std::uint64_t> levels = speech(7, 100);
  std::vector<std::uint64_t> half = levels;
  std::vector<std::uint64_t> softer = levels;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    half[i] /= 2;
    softer[i] = softer[i] * 9 / 10;
  }
  CHECK_FALSE(sounds_alike(contour(half), contour(levels), kWholeTolerance));
  CHECK(sounds_alike(contour(softer), contour(levels), kWholeTolerance));
}

TEST_CASE("nothing begins like nothing, and silence has the least level") {
  CHECK(begins_alike("", "", kBeginTolerance));
  CHECK(sounds_alike("", "", kWholeTolerance));
  CHECK(contour_of({}) == contour_of({.magnitude_sum = 0, .samples = 160}));
  CHECK_FALSE(begins_alike(contour({3000, 3000}), contour({200, 200, 200}), kBeginTolerance));
}

}  // namespace ringback::audio
