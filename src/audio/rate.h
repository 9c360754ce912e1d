// The same sound in any other format: encoding, rate, or both.
//
// In integers: a higher rate lies on straight lines between the samples, a lower one is the mean of the samples that it
// stands for. That is for sound that a person or a level meter judges, not for a studio. Each piece is converted alone,
// so that the result of a piece depends on nothing but the piece; its length is rounded up to a whole sample.
//
//   Bytes for_session = converted(recorded_delta, {Encoding::mulaw, 8'000}, {Encoding::pcm16le, 24'000});
#pragma once

#include "src/audio/format.h"

namespace ringback::audio {

Bytes converted(BytesView samples, const Format& from, const Format& to);

}  // namespace ringback::audio
