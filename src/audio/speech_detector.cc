#include "src/audio/speech_detector.h"

#include <algorithm>
#include <utility>

#include "src/audio/contour.h"
#include "src/audio/level.h"

namespace ringback::audio {

namespace {

std::int64_t frames_of(Duration duration) {
  return std::max<std::int64_t>(1, (duration.ns() + kFrame.ns() - 1) / kFrame.ns());
}

}  // namespace

SpeechDetector::SpeechDetector(const Format& format, const Options& options)
    : format_(format),
      onset_frames_(frames_of(options.onset)),
      end_frames_(frames_of(options.end_silence)),
      audible_level_(options.audible_level) {}

void SpeechDetector::feed(BytesView samples, std::vector<Edge>& edges) {
  fed_bytes_ += samples.size();
  const std::size_t whole = frame_bytes(format_);
  if (!partial_.empty()) {
    const std::size_t taken = std::min(whole - partial_.size(), samples.size());
    partial_.append(samples.substr(0, taken));
    samples.remove_prefix(taken);
    if (partial_.size() < whole) return;
    judge(partial_, edges);
    partial_.clear();
  }
  for (; samples.size() >= whole; samples.remove_prefix(whole)) judge(samples.substr(0, whole), edges);
  partial_.assign(samples);
}

void SpeechDetector::judge(BytesView frame, std::vector<Edge>& edges) {
  const std::int64_t number = frames_++;
  const Duration clock = kFrame * frames_;
  Loudness loudness;
  loudness.add(frame, format_);
  const bool audible = loudness.is_at_least(audible_level_);
  if (audible) {
    if (!in_speech_ && audible_in_row_ == 0) {
      chain_ = Chain();
      contour_.clear();
    }
    chain_.add(frame);
    content_ = chain_.value();
    last_audible_ = number;
  } else if (in_speech_) {
    chain_.add(frame);
  }
  if ((audible || in_speech_) && contour_.size() < kContourMax) contour_.push_back(contour_of(loudness));
  if (in_speech_) {
    if (number - last_audible_ < end_frames_) return;
    in_speech_ = false;
    audible_in_row_ = 0;
    const auto silent = static_cast<std::size_t>(number - last_audible_);
    if (contour_.size() < kContourMax) contour_.resize(contour_.size() - silent);
    edges.push_back({.speech = false,
                     .at = kFrame * (last_audible_ + 1),
                     .clock = clock,
                     .content = content_,
                     .contour = std::exchange(contour_, {})});
    return;
  }
  audible_in_row_ = audible ? audible_in_row_ + 1 : 0;
  if (audible_in_row_ < onset_frames_) return;
  in_speech_ = true;
  edges.push_back({.speech = true,
                   .at = kFrame * (number + 1 - audible_in_row_),
                   .clock = clock,
                   .content = content_,
                   .contour = contour_});
}

}  // namespace ringback::audio
