// Sound made ready for being stored, without loss: 16-bit samples, and G.711.
//
// General compressors find nothing in samples. A predictor of fixed order leaves small differences; of 16-bit samples
// they are kept in just as many bits as each 16 of them need, which is a third smaller than what zstd makes and several
// times as fast; those of G.711, in the order of what the codes sound like, are octets that zstd compresses well.
// docs/trace-format.md, "Sound", has the layout. Any octets come back as they were, sound or not; whether it pays is
// for the caller to find out.
//
//   Bytes ready;
//   transform(Transform::samples16, octets, ready);
//   transform_back(Transform::samples16, rest, out, octets.size(), place);
#pragma once

#include <cstddef>
#include <cstdint>

#include "src/base/bytes.h"
#include "src/trace/damage.h"

namespace ringback::trace {

// What was done to octets before they were compressed (schema: Transform).
enum class Transform : std::uint8_t { none = 0, samples16 = 1, mulaw = 2, alaw = 3 };
inline constexpr std::size_t kTransforms = 4;

// Appends what `transform` makes of `octets`.
void transform(Transform transform, BytesView octets, Bytes& out);
// Writes exactly `length` octets to `out`, and takes what was made of them off the front of `ready`. Throws DamageError
// where `ready` ends before, or is not what a transform makes.
void transform_back(Transform transform, BytesView& ready, char* out, std::size_t length, const Place& place);

}  // namespace ringback::trace
