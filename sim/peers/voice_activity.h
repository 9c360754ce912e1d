// Fits our detector of speech to the events of a recorded server's, so that where the caller's sound is not the
// recorded one the made-up events come when that server's would have.
//
// The best of a fixed grid of levels, onsets and silences is taken: the one whose decisions, each as much later as the
// median of the recorded events was, are nearest to the recorded events. Integers only; of equally good ones the first.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "src/audio/format.h"
#include "src/audio/speech_detector.h"

namespace ringback::sim {

struct DetectorFit {
  audio::SpeechDetector::Options options;
  // From the detector's decision to the event: the median over the recording.
  Duration onset_lag;
  Duration end_lag;
  // Recorded turns, and how far the fitted events are from the recorded ones (both edges of each turn).
  std::size_t turns = 0;
  Duration error_median;
  Duration error_worst;

  friend bool operator==(const DetectorFit&, const DetectorFit&) = default;
};

// A recorded edge that no decision is this near to counts as so far off, and so does a decision too many.
inline constexpr Duration kFitApartMax = seconds(2);

// The input audio of one session and what its server made of it.
class HeardSession {
 public:
  // The samples that follow those before.
  void append(BytesView samples, const audio::Format& format);
  // The server's event arrived now.
  void edge(bool speech);
  bool has_edges() const { return !edges_.empty(); }

 private:
  friend class DetectorFitter;
  struct Edge {
    bool speech = false;
    Duration clock;  // how much audio had been appended
  };
  Bytes partial_;
  Duration appended_;
  std::vector<std::uint16_t> levels_;  // mean magnitude of each frame, rounded down
  std::vector<Edge> edges_;
};

// Nothing where no session has an edge.
std::optional<DetectorFit> fit_detector(const std::vector<HeardSession>& sessions);

}  // namespace ringback::sim
