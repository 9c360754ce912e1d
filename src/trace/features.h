// What a file may use beyond the first version of the format, each with its bit in the file header's required features:
// a reader that does not know a bit refuses the file by its number.
#pragma once

#include <cstdint>

namespace ringback::trace {

inline constexpr std::uint64_t kFeatureBase64 = 1u << 0;     // stretches of base64 are kept as what they stand for
inline constexpr std::uint64_t kFeatureSamples16 = 1u << 1;  // 16-bit samples are kept as packed differences
inline constexpr std::uint64_t kFeatureG711 = 1u << 2;       // G.711 is kept as differences of ranks

inline constexpr std::uint64_t kFeatureDictionary = 1u << 3;  // zstd frames refer to the built-in dictionary

inline constexpr std::uint64_t kKnownFeatures = kFeatureBase64 | kFeatureSamples16 | kFeatureG711 | kFeatureDictionary;
// What pays in any file, however long.
inline constexpr std::uint64_t kUsualFeatures = kFeatureBase64 | kFeatureSamples16 | kFeatureG711;

}  // namespace ringback::trace
