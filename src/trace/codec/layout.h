// The fixed records of a trace file: file header, chunk header, footer header, trailer.
//
// Each has a magic and a hash over itself; docs/trace-format.md has the tables. `read_*` throws DamageError where the
// octets are not such a record; what they return is hashed and within limits, but says nothing of the octets that it
// points to.
#pragma once

#include <cstdint>

#include "src/base/bytes.h"
#include "src/base/hash.h"
#include "src/trace/damage.h"
#include "src/trace/features.h"

namespace ringback::trace {

// A first octet that is no ASCII, CRLF and ^Z: a copy that was made as text is recognised at once.
inline constexpr BytesView kFileMagic{"\x8eRBT\r\n\x1a\n", 8};
inline constexpr BytesView kChunkMagic{"\x8eRBC\r\n\x1a\n", 8};
inline constexpr BytesView kFooterMagic{"\x8eRBF\r\n\x1a\n", 8};
inline constexpr BytesView kEndMagic{"\x8eRBZ\r\n\x1a\n", 8};

inline constexpr std::size_t kFileHeaderBytes = 64;
inline constexpr std::size_t kChunkHeaderBytes = 112;
inline constexpr std::size_t kFooterHeaderBytes = 32;
inline constexpr std::size_t kTrailerBytes = 96;

inline constexpr std::uint16_t kFormatMajor = 1;
inline constexpr std::uint16_t kFormatMinor = 0;

inline constexpr std::uint32_t kFlagHasGap = 1;            // a Gap is among the events
inline constexpr std::uint32_t kFlagDeclaresChannels = 2;  // a ChannelDeclared or RecordingFacts is among the events

// The next multiple of 8.
constexpr std::uint64_t padded(std::uint64_t length) { return (length + 7) & ~std::uint64_t{7}; }
// Appends zeros up to a multiple of 8.
void pad(Bytes& out);

struct FileHeader {
  std::uint64_t required_features = 0;
  std::uint64_t optional_features = 0;
  Hash128 trace_id;
  std::uint32_t length = 0;  // of the whole header with body and padding
  std::uint32_t body_raw = 0;
  std::uint32_t body_stored = 0;
};

// The whole header: fixed part, `body` (zstd of TraceHeader), padding. Sets length and body_stored.
Bytes write_file_header(FileHeader header, BytesView body);
// The length that the first kFileHeaderBytes octets state, checked to be possible in a file of `file_bytes`.
std::uint32_t file_header_length(BytesView fixed, const Place& place, std::uint64_t file_bytes);
// `octets` is the whole header. Throws Error (not DamageError) for an intact header of a version or with required
// features that this reader does not know.
FileHeader read_file_header(BytesView octets, const Place& place);

struct ChunkHeader {
  std::uint64_t body_bytes = 0;  // spine and blocks, without padding
  std::uint64_t first_event = 0;
  std::int64_t earliest = 0;
  std::int64_t latest = 0;
  std::uint32_t events = 0;
  std::uint32_t flags = 0;
  std::uint32_t spine_stored = 0;
  std::uint32_t spine_raw = 0;
  std::uint64_t channel_mask = 0;  // bit c mod 64 for each channel c
  std::uint64_t spine_hash = 0;
  Hash128 content_hash;              // XXH3-128 of the canonical rows, unseeded
  std::uint64_t previous_chunk = 0;  // offset; 0 for the first
};

void write_chunk_header(const ChunkHeader& header, std::uint64_t seed, Bytes& out);
// `bytes_left`: from the chunk's start to where chunks must end.
ChunkHeader read_chunk_header(BytesView octets, const Place& place, std::uint64_t seed, std::uint64_t bytes_left);

struct FooterHeader {
  std::uint32_t stored = 0;
  std::uint32_t raw = 0;
};

// The whole footer: fixed part, `body` (zstd of Footer), padding.
Bytes write_footer(std::uint32_t raw, BytesView body, std::uint64_t seed);
// `octets` is the whole footer; the header's hash covers all of it. `file_bytes` bounds what it may unfold to.
FooterHeader read_footer(BytesView octets, const Place& place, std::uint64_t seed, std::uint64_t file_bytes);

struct Trailer {
  std::uint64_t footer_offset = 0;
  std::uint64_t footer_bytes = 0;
  std::uint64_t events = 0;
  std::uint64_t chunks = 0;
  Digest content_root;
  Hash128 trace_id;
};

Bytes write_trailer(const Trailer& trailer);
Trailer read_trailer(BytesView octets, const Place& place);

}  // namespace ringback::trace
