// What the sound of a recorded Realtime session shows, heard once through: where the caller spoke by our detector, and
// with which settings it hears what the server heard.
#pragma once

#include <optional>
#include <vector>

#include "sim/peers/voice_activity.h"
#include "src/base/hash.h"
#include "src/base/time.h"
#include "src/trace/trace.h"

namespace ringback::sim {

// By audio::SpeechDetector.
struct HeardUtterance {
  VirtualTime onset_decided;
  Hash128 onset_content;
  std::optional<VirtualTime> end_decided;
  Hash128 content;
  Bytes contour;
};

struct ModelSurvey {
  std::vector<HeardUtterance> utterances;
  std::vector<VirtualTime> onsets;  // of the server's speech_started
  std::optional<DetectorFit> detector;
  bool ran_backwards = false;
};

// `has_all_sound`: the recording has what the agent appended whole, so that the detector can be fitted to it.
// Throws Error where a frame is not a Realtime frame.
ModelSurvey survey_model(const trace::Trace& recording, const trace::Channel& channel, bool has_all_sound);

}  // namespace ringback::sim
