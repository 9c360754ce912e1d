// How loud a stretch of sound is, frame by frame: what survives another encoding, another rate, a resampler's delay.
//
// One octet for each frame of 20 ms: its mean magnitude, companded. Two contours are of one sound where, at some shift
// of at most three frames, they differ by no more than the tolerance in parts of both; sums over three frames are
// compared, so that another frame grid does not matter.
//
//   Bytes contour;
//   contour.push_back(contour_of(loudness));
//   if (sounds_alike(contour, recorded, kWholeTolerance)) ...
#pragma once

#include "src/audio/level.h"

namespace ringback::audio {

// In percent of the loudness.
inline constexpr std::uint64_t kWholeTolerance = 20;  // of all that was said
inline constexpr std::uint64_t kBeginTolerance = 50;  // of its first frames, which are few

char contour_of(const Loudness& loudness);

// Whether all that was said is the same.
bool sounds_alike(BytesView contour, BytesView other, std::uint64_t tolerance_percent);
// Whether `begin` is how `whole` begins.
bool begins_alike(BytesView begin, BytesView whole, std::uint64_t tolerance_percent);

}  // namespace ringback::audio
