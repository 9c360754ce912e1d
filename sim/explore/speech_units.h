// Stretches of the caller's sound that belong together: words where a transcript has times, else what is said between
// two breaths.
#pragma once

#include <cstdint>
#include <vector>

#include "src/trace/trace.h"

namespace ringback::sim {

// In frames of 20 ms from 0.
struct SpeechUnit {
  std::uint64_t first = 0;
  std::uint64_t count = 0;

  friend bool operator==(const SpeechUnit&, const SpeechUnit&) = default;
};

inline constexpr std::size_t kSpeechUnitsMax = 4096;

// Of the track "caller.audio", ascending; at most kSpeechUnitsMax. Where the caller's channel tells with times what is
// said while it is heard, each such text is a unit, up to the next text or the next silence. All else that is audible
// is divided where it is inaudible for 60 ms or more.
std::vector<SpeechUnit> speech_units(const trace::Trace& recording);

}  // namespace ringback::sim
