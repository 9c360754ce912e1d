// What the actions of the audio family make of samples. Integers only, the same on every machine.
//
// Each acts on the samples of `span` and leaves the others; octets after the last whole sample stay.
#pragma once

#include <cstdint>

#include "sim/faults/silence.h"
#include "src/base/random.h"

namespace ringback::sim {

// The gain of `clip`: 18 dB.
inline constexpr std::int32_t kClipGain = 8;

// White noise over the span, so much below (above, where negative) the span's own mean power, -60 to 60 dB. Sample n of
// the track gets draw n, so that the noise does not depend on how the track is cut into events. A silent span has no
// power and gets none.
Bytes garbled(BytesView samples, const SampleSpan& span, const Sound& sound, const RandomStream& noise,
              std::uint64_t first_sample, std::int64_t snr_db);

// kClipGain times as loud, and cut off at what 16 bits hold.
Bytes clipped(BytesView samples, const SampleSpan& span, const Sound& sound);

// Without the samples of the span whose frame of 20 ms is lost: frame n of the track when draw n says so.
Bytes with_lost_frames(BytesView samples, const SampleSpan& span, const Sound& sound, const RandomStream& losses,
                       std::uint64_t first_sample, const Ratio& share);

}  // namespace ringback::sim
