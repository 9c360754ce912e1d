#include "sim/peers/model_survey.h"

#include <utility>

#include "sim/dialog/session_settings.h"
#include "sim/peers/model_walk.h"
#include "src/audio/speech_detector.h"

namespace ringback::sim {

namespace {

using wire::RealtimeType;

// What our detector makes of the audio that the recorded agent appended.
class Hearing {
 public:
  explicit Hearing(const audio::SpeechDetector::Options& options) : options_(options) {}

  void take(const ModelEvent& seen) {
    const RealtimeType type = seen.frame.type;
    if (seen.what == ModelEvent::What::opened) {  // what was said before belongs to another session
      if (detector_.has_value() && detector_->in_speech()) utterances_.pop_back();
      detector_.reset();
      settings_ = {};
    }
    if (type == RealtimeType::session_update || type == RealtimeType::session_created)
      apply_session(seen.frame.text, settings_);
    if (!seen.from_agent || type != RealtimeType::input_audio_append) return;
    if (!detector_.has_value()) detector_.emplace(settings_.input, options_);
    edges_.clear();
    detector_->feed(seen.frame.audio, edges_);
    for (const audio::SpeechDetector::Edge& edge : edges_) {
      if (edge.speech) {
        utterances_.push_back({.onset_decided = seen.at, .onset_content = edge.content});
      } else {
        utterances_.back().end_decided = seen.at;
        utterances_.back().content = edge.content;
        utterances_.back().contour = edge.contour;
      }
    }
  }
  std::vector<HeardUtterance> utterances() && { return std::move(utterances_); }

 private:
  audio::SpeechDetector::Options options_;
  SessionSettings settings_;
  std::optional<audio::SpeechDetector> detector_;
  std::vector<audio::SpeechDetector::Edge> edges_;
  std::vector<HeardUtterance> utterances_;
};

// The input audio of each session, with the server's events in it.
class HeardSessions {
 public:
  HeardSessions() : sessions_(1) {}

  void take(const ModelEvent& seen) {
    const RealtimeType type = seen.frame.type;
    if (seen.what == ModelEvent::What::opened && sessions_.back().has_edges()) {
      sessions_.emplace_back();
      settings_ = {};
    }
    if (type == RealtimeType::session_update || type == RealtimeType::session_created)
      apply_session(seen.frame.text, settings_);
    if (seen.from_agent && type == RealtimeType::input_audio_append)
      sessions_.back().append(seen.frame.audio, settings_.input);
    if (type == RealtimeType::speech_started || type == RealtimeType::speech_stopped)
      sessions_.back().edge(type == RealtimeType::speech_started);
  }
  std::optional<DetectorFit> fit() const { return fit_detector(sessions_); }

 private:
  SessionSettings settings_;
  std::vector<HeardSession> sessions_;
};

}  // namespace

ModelSurvey survey_model(const trace::Trace& recording, const trace::Channel& channel, bool has_all_sound) {
  ModelSurvey survey;
  HeardSessions heard;
  Hearing usual({});
  ModelWalk walk(recording, channel);
  while (const ModelEvent* seen = walk.next()) {
    if (has_all_sound) heard.take(*seen);
    usual.take(*seen);
    if (seen->frame.type == RealtimeType::speech_started) survey.onsets.push_back(seen->at);
  }
  survey.ran_backwards = walk.ran_backwards();
  if (has_all_sound) survey.detector = heard.fit();
  const auto options = survey.detector.has_value() ? survey.detector->options : audio::SpeechDetector::Options();
  if (options == audio::SpeechDetector::Options()) {
    survey.utterances = std::move(usual).utterances();
    return survey;
  }
  Hearing fitted(options);
  ModelWalk again(recording, channel);
  while (const ModelEvent* seen = again.next()) fitted.take(*seen);
  survey.utterances = std::move(fitted).utterances();
  return survey;
}

}  // namespace ringback::sim
