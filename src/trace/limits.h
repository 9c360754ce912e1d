// What a trace file may hold at most. Writers keep to these, and readers check them before they allocate.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringback::trace {

inline constexpr std::uint32_t kHeaderBytesMax = 1u << 20;
inline constexpr std::uint32_t kChunkEventsMax = 1u << 18;
// Distinct (channel, kind) pairs in one chunk; a writer seals the chunk before there are more.
inline constexpr std::uint32_t kChunkStreamsMax = 4096;
// Field columns in one chunk; a writer keeps further bodies whole.
inline constexpr std::uint32_t kChunkFieldsMax = 16384;
// Stretches of base64 that are cut out of one column's values in one chunk: each has at least 128 characters.
inline constexpr std::uint64_t kChunkCutsMax = (32u << 20) / 128;
inline constexpr std::uint32_t kSpineBytesMax = 16u << 20;
// All canonical rows of a chunk together. A writer needs 23 MiB at most.
inline constexpr std::uint64_t kChunkRowsBytesMax = 32u << 20;
// Spine and blocks as stored: a block is never stored longer than it is.
inline constexpr std::uint64_t kChunkBodyBytesMax = 49u << 20;
inline constexpr std::uint64_t kFooterBytesMax = 64u << 20;
// What a footer may unfold to, whatever its file's size, and for each chunk that the file's size leaves room for.
inline constexpr std::uint64_t kFooterBaseBytes = 4u << 20;
inline constexpr std::uint64_t kFooterBytesAChunk = 2560;
// A longer declaration of a channel is not repeated in the footer.
inline constexpr std::size_t kFooterDeclarationBytesMax = 512;

}  // namespace ringback::trace
