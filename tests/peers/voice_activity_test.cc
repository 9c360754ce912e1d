#include "sim/peers/voice_activity.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "src/audio/tone.h"

namespace ringback::sim {
namespace {

using audio::SpeechDetector;
constexpr audio::Format kFormat{audio::Encoding::pcm16le, 8'000};

Bytes square(std::int16_t magnitude, Duration duration) {
  Bytes samples;
  for (std::size_t i = 0; i < audio::bytes_for(duration, kFormat) / 2; ++i) {
    const auto sample = static_cast<std::uint16_t>(i % 2 == 0 ? magnitude : -magnitude);
    samples += static_cast<char>(sample & 0xff);
    samples += static_cast<char>(sample >> 8);
  }
  return samples;
}

// Three turns with a pause of 380 ms inside, over noise of magnitude 150, with a click of 60 ms between.
Bytes call() {
  Bytes track;
  for (int i = 0; i < 3; ++i) {
    track += square(150, seconds(1)) + square(3'000, milliseconds(60)) + square(150, milliseconds(900));
    track +=
        square(2'000, milliseconds(700 + 100 * i)) + square(150, milliseconds(380)) + square(2'000, milliseconds(500));
  }
  return track + square(150, seconds(2));
}

std::vector<SpeechDetector::Edge> edges_of(const SpeechDetector::Options& options) {
  std::vector<SpeechDetector::Edge> edges;
  SpeechDetector detector(kFormat, options);
  detector.feed(call(), edges);
  return edges;
}

// A session whose server decided with `options`, and told it `lag` later.
HeardSession heard(const SpeechDetector::Options& options, Duration lag) {
  HeardSession session;
  const Bytes track = call();
  const std::vector<SpeechDetector::Edge> edges = edges_of(options);
  std::size_t told = 0;
  const std::size_t frame = audio::frame_bytes(kFormat);
  for (std::size_t at = 0; at < track.size(); at += frame) {
    session.append(BytesView(track).substr(at, frame), kFormat);
    const Duration clock = audio::duration_of(at + frame, kFormat);
    for (; told < edges.size() && edges[told].clock + lag <= clock; ++told) session.edge(edges[told].speech);
  }
  return session;
}

}  // namespace

TEST_CASE("a server that decides as one of the grid does is imitated without error", "[voice]") {
  const SpeechDetector::Options server{
      .onset = milliseconds(100), .end_silence = milliseconds(300), .audible_level = 256};
  const std::optional<DetectorFit> fit = fit_detector({heard(server, milliseconds(80))});
  REQUIRE(fit.has_value());
  CHECK(fit->turns == 6);  // the pause of 380 ms ends a turn
  CHECK((fit->error_worst == Duration()));
  // Another onset with another lag is the same thing; the decisions and lags together are what counts.
  CHECK((fit->options.onset + fit->onset_lag == milliseconds(180)));
  CHECK((fit->options.end_silence + fit->end_lag == milliseconds(380)));
  CHECK(fit->options.audible_level >= 256);
}

TEST_CASE("what the fit promises is what the detector then does", "[voice]") {
  const SpeechDetector::Options server{
      .onset = milliseconds(120), .end_silence = milliseconds(440), .audible_level = 700};
  const HeardSession session = heard(server, milliseconds(60));
  const DetectorFit fit = fit_detector({session}).value();
  const std::vector<SpeechDetector::Edge> recorded = edges_of(server);
  const std::vector<SpeechDetector::Edge> fitted = edges_of(fit.options);
  REQUIRE(fitted.size() == recorded.size());
  std::vector<Duration> errors;
  for (std::size_t i = 0; i < fitted.size(); ++i) {
    CHECK(fitted[i].speech == recorded[i].speech);
    const Duration told = recorded[i].clock + milliseconds(60);
    const Duration made = fitted[i].clock + (fitted[i].speech ? fit.onset_lag : fit.end_lag);
    errors.push_back(told < made ? made - told : told - made);
  }
  CHECK((*std::max_element(errors.begin(), errors.end()) == fit.error_worst));
}

TEST_CASE("of equally good settings the detector's own are kept, and two fits are the same", "[voice]") {
  const SpeechDetector::Options own{.audible_level = 512};
  const DetectorFit fit = fit_detector({heard(own, Duration())}).value();
  CHECK((fit.options.onset == SpeechDetector::Options().onset));
  CHECK((fit.options.end_silence == SpeechDetector::Options().end_silence));
  CHECK((fit == fit_detector({heard(own, Duration())}).value()));
}

TEST_CASE("turns that the sound does not show count as far off", "[voice]") {
  HeardSession session;
  session.append(square(0, seconds(5)), kFormat);
  session.edge(true);
  session.append(square(0, seconds(5)), kFormat);
  session.edge(false);
  const DetectorFit fit = fit_detector({session}).value();
  CHECK(fit.turns == 1);
  CHECK((fit.error_median == kFitApartMax));
}

TEST_CASE("without turns there is nothing to fit", "[voice]") {
  CHECK_FALSE(fit_detector({}).has_value());
  CHECK_FALSE(fit_detector({HeardSession()}).has_value());
}

}  // namespace ringback::sim
