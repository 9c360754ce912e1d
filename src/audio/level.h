// How loud samples are, and whether a person on the line hears them: the one threshold that speech detection, play-out
// and the properties share.
//
// The level is the mean absolute value of the 16-bit samples, in integers. Audible is what reaches kAudibleLevel, about
// -48 dB below full scale: digital silence (0) and comfort noise as telephony equipment makes it (-60 dB, about 25)
// stay below it, the quiet ends of speech (some hundreds) above.
#pragma once

#include <cstdint>

#include "src/audio/format.h"

namespace ringback::audio {

inline constexpr std::uint64_t kAudibleLevel = 128;

// A sum that can be continued piece by piece.
struct Loudness {
  std::uint64_t magnitude_sum = 0;
  std::uint64_t samples = 0;

  void add(BytesView samples_in, const Format& format);
  // Mean magnitude at least kAudibleLevel; nothing at all is not audible.
  bool is_audible() const { return is_at_least(kAudibleLevel); }
  // Likewise for another level.
  bool is_at_least(std::uint64_t level) const { return samples > 0 && magnitude_sum >= level * samples; }
};

// Whether `samples` as a whole are audible; to be asked of about kFrame of sound.
bool is_audible(BytesView samples, const Format& format);

}  // namespace ringback::audio
