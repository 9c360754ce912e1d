// Finds where speech begins and ends in a track, as a server's voice activity detection would, from level alone.
//
// The track is judged in frames of 20 ms from its first sample. Speech begins with `onset` of audible frames in a row;
// it ends when `end_silence` has passed without an audible frame. Memory does not grow with the track, but for an octet
// for each frame of one utterance.
//
//   SpeechDetector detector(format, {});
//   detector.feed(samples, edges);
//   for (const SpeechDetector::Edge& edge : edges) ...
//
//   audible   ___________########_____###########______________
//                        ^ at     (a pause)      ^ at
//                          ^ clock: onset later               ^ clock: end_silence later
#pragma once

#include <vector>

#include "src/audio/format.h"
#include "src/audio/level.h"
#include "src/base/hash.h"

namespace ringback::audio {

class SpeechDetector {
 public:
  static constexpr std::size_t kContourMax = 30'000;  // frames: ten minutes

  // Both are rounded up to whole frames; at least one frame.
  struct Options {
    Duration onset = milliseconds(40);
    Duration end_silence = milliseconds(500);
    std::uint64_t audible_level = kAudibleLevel;  // mean magnitude from which a frame is audible

    friend bool operator==(const Options&, const Options&) = default;
  };

  // All times count the audio fed so far, from 0.
  struct Edge {
    bool speech = false;  // true: speech began; false: it ended
    Duration at;          // begin of the first audible frame, or end of the last one
    Duration clock;       // how much audio had been fed when this was decided
    // What was said: a chain over all frames from the first audible one to the one that decided an onset, or to the
    // last audible one at an end. Equal sound on the same frame grid has equal content, whenever it is said.
    Hash128 content;
    Bytes contour;  // how loud those frames are (src/audio/contour.h); at most the first kContourMax

    friend bool operator==(const Edge&, const Edge&) = default;
  };

  explicit SpeechDetector(const Format& format) : SpeechDetector(format, Options()) {}
  SpeechDetector(const Format& format, const Options& options);

  // Takes the samples that follow those fed before; appends what they decide to `edges`.
  void feed(BytesView samples, std::vector<Edge>& edges);
  // Whether speech has begun and not ended.
  bool in_speech() const { return in_speech_; }
  // How much audio was fed, whole samples.
  Duration clock() const { return duration_of(fed_bytes_, format_); }

 private:
  void judge(BytesView frame, std::vector<Edge>& edges);

  Format format_;
  std::int64_t onset_frames_ = 0;
  std::int64_t end_frames_ = 0;
  std::uint64_t audible_level_ = 0;
  std::size_t fed_bytes_ = 0;
  Bytes partial_;  // shorter than one frame

  std::int64_t frames_ = 0;          // judged so far
  std::int64_t audible_in_row_ = 0;  // while waiting for onset
  std::int64_t last_audible_ = -1;   // frame number
  bool in_speech_ = false;
  Chain chain_;      // from the first audible frame of the (possible) utterance
  Hash128 content_;  // chain_ as of last_audible_
  Bytes contour_;    // of the frames in chain_
};

}  // namespace ringback::audio
