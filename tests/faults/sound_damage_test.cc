#include "sim/faults/sound_damage.h"

#include <algorithm>
#include <cstdlib>

#include <catch2/catch.hpp>

#include "src/audio/g711.h"

namespace ringback::sim {
namespace {

const Sound kPcm{
    .encoding = audio::Encoding::pcm16le, .rate = 8000, .sample_bytes = 2, .silent_sample = Bytes(2, '\0')};
const RandomStream kDraws({.seed = 5, .domain = "fault", .entity = "f", .purpose = "test"});

// A square wave: its power is the square of its amplitude.
Bytes square_wave(std::size_t samples, std::int16_t amplitude) {
  std::vector<std::int16_t> wave;
  for (std::size_t i = 0; i < samples; ++i) wave.push_back(i / 10 % 2 == 0 ? amplitude : std::int16_t(-amplitude));
  return audio::encode(wave, {kPcm.encoding, kPcm.rate});
}

std::vector<std::int16_t> linear(const Bytes& samples) { return audio::decode(samples, {kPcm.encoding, kPcm.rate}); }

std::int64_t power_of_noise(const Bytes& with, const Bytes& without) {
  const auto a = linear(with);
  const auto b = linear(without);
  std::int64_t power = 0;
  for (std::size_t i = 0; i < a.size(); ++i) power += std::int64_t{a[i] - b[i]} * (a[i] - b[i]);
  return power / static_cast<std::int64_t>(a.size());
}

TEST_CASE("noise has the power that the ratio says", "[sound_damage]") {
  const Bytes sound = square_wave(8000, 1000);
  const SampleSpan all{0, 8000};
  const auto noise = [&](std::int64_t snr_db) {
    return power_of_noise(garbled(sound, all, kPcm, kDraws, 0, snr_db), sound);
  };
  CHECK(std::abs(noise(0) - 1'000'000) < 50'000);
  CHECK(std::abs(noise(10) - 100'000) < 5'000);
  CHECK(std::abs(noise(3) - 501'187) < 25'000);
  CHECK(std::abs(noise(-6) - 3'981'072) < 200'000);
}

TEST_CASE("noise does not depend on how a track is cut", "[sound_damage]") {
  const Bytes sound = square_wave(400, 1000);
  const Bytes whole = garbled(sound, {0, 400}, kPcm, kDraws, 0, 0);
  const Bytes second = garbled(sound.substr(400), {0, 200}, kPcm, kDraws, 200, 0);
  CHECK(whole.substr(400) == second);
}

TEST_CASE("silence stays silent, and what lies outside of the span stays as it was", "[sound_damage]") {
  const Bytes silent(320, '\0');
  CHECK(garbled(silent, {0, 160}, kPcm, kDraws, 0, -60) == silent);
  CHECK(clipped(silent, {0, 160}, kPcm) == silent);
  const Bytes sound = square_wave(160, 1000);
  const Bytes part = garbled(sound, {40, 80}, kPcm, kDraws, 0, 0);
  CHECK(part.substr(0, 80) == sound.substr(0, 80));
  CHECK(part.substr(160) == sound.substr(160));
  CHECK(part.substr(80, 80) != sound.substr(80, 80));
}

TEST_CASE("the loudest noise over the loudest sound stays within 16 bits", "[sound_damage]") {
  const Bytes sound = square_wave(160, 32767);
  CHECK(linear(garbled(sound, {0, 160}, kPcm, kDraws, 0, -60)).size() == 160);
}

TEST_CASE("clipping is eight times as loud and cut off", "[sound_damage]") {
  CHECK(clipped(square_wave(160, 1000), {0, 160}, kPcm) == square_wave(160, 8000));
  const auto loud = linear(clipped(square_wave(160, 30000), {0, 160}, kPcm));
  CHECK(loud.front() == 32767);
  CHECK(*std::min_element(loud.begin(), loud.end()) == -32768);
}

TEST_CASE("lost frames are taken out, the same ones however the track is cut", "[sound_damage]") {
  const Bytes sound = square_wave(160 * 50, 1000);
  const Ratio share{1, 3};
  const Bytes whole = with_lost_frames(sound, {0, 160 * 50}, kPcm, kDraws, 0, share);
  CHECK(whole.size() % 320 == 0);
  CHECK(whole.size() < sound.size());
  Bytes pieces;
  for (std::size_t at = 0; at < 160 * 50; at += 100)
    pieces += with_lost_frames(sound.substr(at * 2, 200), {0, 100}, kPcm, kDraws, at, share);
  CHECK(pieces == whole);
  CHECK(with_lost_frames(sound, {0, 160 * 50}, kPcm, kDraws, 0, {1, 1}).empty());
  CHECK(with_lost_frames(sound, {0, 160 * 50}, kPcm, kDraws, 0, {0, 1}) == sound);
}

}  // namespace
}  // namespace ringback::sim
