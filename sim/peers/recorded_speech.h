// A recording's speech service, taken apart: what a transcriber heard in each turn of the caller, and what a
// synthesizer made of each text. Each frame keeps its distance from what made the service send it.
#pragma once

#include <cstdint>
#include <vector>

#include "src/audio/format.h"
#include "src/base/hash.h"
#include "src/trace/trace.h"
#include "src/wire/speech.h"

namespace ringback::sim {

struct TimedSpeech {
  Duration after;  // its cause; at least 0
  wire::SpeechFrame frame;
};
using SpeechScript = std::vector<TimedSpeech>;

// One turn of the caller, by our detector over the sound that the agent sent.
struct HeardTurn {
  Hash128 onset_content;  // audio::SpeechDetector::Edge::content
  Hash128 content;
  SpeechScript on_onset;  // after it was decided that speech began
  SpeechScript on_end;    // after it was decided that it ended
};

// One text and its sound. An utterance that the agent cancelled has what came before.
struct SynthesizedText {
  Bytes text;
  SpeechScript frames;
  bool is_whole = false;  // it ended with `done`
};

struct RecordedSpeech {
  trace::Channel channel;
  SpeechScript on_start;  // after the agent's `start`
  std::vector<HeardTurn> turns;
  std::vector<SynthesizedText> spoken;
};

// The first channel of this kind that carries speech frames (encoding "speech-json"), or null.
const trace::Channel* speech_channel(const trace::Trace& recording, trace::ChannelKind kind);
// Throws Error where a frame is no speech frame (naming the event's number), or the format of the sound is not known.
RecordedSpeech read_recorded_speech(const trace::Trace& recording, const trace::Channel& channel);
// The format that a `start` frame names.
audio::Format format_of_start(const wire::SpeechFrame& start);

inline constexpr std::string_view kSpeechEncoding = "speech-json";

}  // namespace ringback::sim
