#include "src/trace/codec/layout.h"

#include <algorithm>

#include "src/trace/limits.h"
#include "src/trace/little_endian.h"

namespace ringback::trace {
namespace {

constexpr std::size_t kFileHashAt = 56;
constexpr std::size_t kRecordHashAt = 8;  // chunk and footer: after the magic
constexpr std::size_t kHashedFrom = 16;   // chunk and footer: what follows their hash

// Reads fields one after another.
class FieldReader {
 public:
  explicit FieldReader(BytesView octets) : rest_(octets) {}
  template <class Integer>
  Integer next() {
    RINGBACK_CHECK(rest_.size() >= sizeof(Integer), "a fixed record is read whole");
    const auto value = load_little_endian<Integer>(rest_.data());
    rest_.remove_prefix(sizeof(Integer));
    return value;
  }
  void skip(std::size_t count) { rest_.remove_prefix(count); }
  Hash128 next_hash128() {
    const auto low = next<std::uint64_t>();
    return {.high = next<std::uint64_t>(), .low = low};
  }
  Digest next_digest() {
    Digest digest;
    std::copy_n(rest_.begin(), digest.octets.size(), digest.octets.begin());
    skip(digest.octets.size());
    return digest;
  }

 private:
  BytesView rest_;
};

void append_hash128(const Hash128& hash, Bytes& out) {
  append_little_endian(hash.low, out);
  append_little_endian(hash.high, out);
}

void expect_magic(BytesView octets, BytesView magic, const Place& place, const char* what) {
  if (octets.substr(0, magic.size()) != magic) damaged(place, what, "other octets");
}

void expect_hash(std::uint64_t stored, std::uint64_t actual, const Place& place, const char* what) {
  if (stored == actual) return;
  damaged(place, fmt::format("{} with hash {:016x}", what, stored), fmt::format("{:016x}", actual));
}

// The hash of a file header goes over everything but itself.
std::uint64_t file_header_hash(BytesView octets) {
  const std::uint64_t fixed = hash64(octets.substr(0, kFileHashAt));
  return hash64(octets.substr(kFileHeaderBytes), fixed);
}

std::string name_features(std::uint64_t bits) {
  std::string names;
  for (int bit = 0; bit < 64; ++bit) {
    if ((bits >> bit & 1) != 0) names += fmt::format("{}{}", names.empty() ? "" : ", ", bit);
  }
  return names;
}

}  // namespace

void pad(Bytes& out) { out.resize(padded(out.size())); }

Bytes write_file_header(FileHeader header, BytesView body) {
  header.length = static_cast<std::uint32_t>(padded(kFileHeaderBytes + body.size()));
  Bytes out(kFileMagic);
  append_little_endian(kFormatMajor, out);
  append_little_endian(kFormatMinor, out);
  append_little_endian(header.length, out);
  append_little_endian(header.required_features, out);
  append_little_endian(header.optional_features, out);
  append_hash128(header.trace_id, out);
  append_little_endian(header.body_raw, out);
  append_little_endian(static_cast<std::uint32_t>(body.size()), out);
  append_little_endian<std::uint64_t>(0, out);
  out.append(body);
  pad(out);
  store_little_endian(file_header_hash(out), out.data() + kFileHashAt);
  return out;
}

std::uint32_t file_header_length(BytesView fixed, const Place& place, std::uint64_t file_bytes) {
  expect_magic(fixed, kFileMagic, place, "a ringback trace");
  const auto length = load_little_endian<std::uint32_t>(fixed.data() + 12);
  if (length < kFileHeaderBytes || length > kHeaderBytesMax || length % 8 != 0 || length > file_bytes) {
    damaged(place, fmt::format("a file header of {} to {} octets", kFileHeaderBytes, kHeaderBytesMax),
            fmt::format("{} in a file of {}", length, file_bytes));
  }
  return length;
}

FileHeader read_file_header(BytesView octets, const Place& place) {
  expect_hash(load_little_endian<std::uint64_t>(octets.data() + kFileHashAt), file_header_hash(octets), place,
              "a file header");
  FieldReader fields(octets.substr(kFileMagic.size()));
  const auto major = fields.next<std::uint16_t>();
  const auto minor = fields.next<std::uint16_t>();
  if (major != kFormatMajor) {
    fail("{}: offset {}: expected format version {}, found {}.{}", place.file, place.offset, kFormatMajor, major,
         minor);
  }
  FileHeader header;
  header.length = fields.next<std::uint32_t>();
  header.required_features = fields.next<std::uint64_t>();
  header.optional_features = fields.next<std::uint64_t>();
  header.trace_id = fields.next_hash128();
  header.body_raw = fields.next<std::uint32_t>();
  header.body_stored = fields.next<std::uint32_t>();
  const std::uint64_t unknown = header.required_features & ~kKnownFeatures;
  if (unknown != 0) {
    fail(
        "{}: offset 16: the trace requires feature bit {}, which this version does not know; a newer ringback reads it",
        place.file, name_features(unknown));
  }
  if (header.body_raw > kHeaderBytesMax ||
      padded(kFileHeaderBytes + std::uint64_t{header.body_stored}) != header.length) {
    damaged(place, "a body that fills the file header", fmt::format("{} octets", header.body_stored));
  }
  return header;
}

void write_chunk_header(const ChunkHeader& header, std::uint64_t seed, Bytes& out) {
  const std::size_t start = out.size();
  out.append(kChunkMagic);
  append_little_endian<std::uint64_t>(0, out);
  append_little_endian(header.body_bytes, out);
  append_little_endian(header.first_event, out);
  append_little_endian(header.earliest, out);
  append_little_endian(header.latest, out);
  append_little_endian(header.events, out);
  append_little_endian(header.flags, out);
  append_little_endian(header.spine_stored, out);
  append_little_endian(header.spine_raw, out);
  append_little_endian(header.channel_mask, out);
  append_little_endian(header.spine_hash, out);
  append_hash128(header.content_hash, out);
  append_little_endian(header.previous_chunk, out);
  append_little_endian<std::uint64_t>(0, out);
  RINGBACK_CHECK(out.size() == start + kChunkHeaderBytes, "a chunk header has its length");
  store_little_endian(hash64(BytesView(out).substr(start + kHashedFrom), seed), out.data() + start + kRecordHashAt);
}

ChunkHeader read_chunk_header(BytesView octets, const Place& place, std::uint64_t seed, std::uint64_t bytes_left) {
  RINGBACK_CHECK(octets.size() == kChunkHeaderBytes, "a chunk header is read whole");
  expect_magic(octets, kChunkMagic, place, "a chunk");
  FieldReader fields(octets.substr(kRecordHashAt));
  expect_hash(fields.next<std::uint64_t>(), hash64(octets.substr(kHashedFrom), seed), place, "a chunk header");
  ChunkHeader header;
  header.body_bytes = fields.next<std::uint64_t>();
  header.first_event = fields.next<std::uint64_t>();
  header.earliest = fields.next<std::int64_t>();
  header.latest = fields.next<std::int64_t>();
  header.events = fields.next<std::uint32_t>();
  header.flags = fields.next<std::uint32_t>();
  header.spine_stored = fields.next<std::uint32_t>();
  header.spine_raw = fields.next<std::uint32_t>();
  header.channel_mask = fields.next<std::uint64_t>();
  header.spine_hash = fields.next<std::uint64_t>();
  header.content_hash = fields.next_hash128();
  header.previous_chunk = fields.next<std::uint64_t>();
  const std::uint64_t room = std::min(bytes_left - kChunkHeaderBytes, kChunkBodyBytesMax);
  if (header.body_bytes > room || padded(header.body_bytes) > room) {
    damaged(place, fmt::format("a chunk body of at most {} octets", room), fmt::format("{}", header.body_bytes));
  }
  if (header.events == 0 || header.events > kChunkEventsMax) {
    damaged(place, fmt::format("1 to {} events in a chunk", kChunkEventsMax), fmt::format("{}", header.events));
  }
  if (header.spine_stored > header.body_bytes || header.spine_raw > kSpineBytesMax || header.spine_raw % 8 != 0) {
    damaged(place, fmt::format("a spine of at most {} octets in the body's {}", kSpineBytesMax, header.body_bytes),
            fmt::format("{} ({} stored)", header.spine_raw, header.spine_stored));
  }
  return header;
}

Bytes write_footer(std::uint32_t raw, BytesView body, std::uint64_t seed) {
  Bytes out(kFooterMagic);
  append_little_endian<std::uint64_t>(0, out);
  append_little_endian(static_cast<std::uint32_t>(body.size()), out);
  append_little_endian(raw, out);
  append_little_endian<std::uint64_t>(0, out);
  out.append(body);
  pad(out);
  store_little_endian(hash64(BytesView(out).substr(kHashedFrom), seed), out.data() + kRecordHashAt);
  return out;
}

FooterHeader read_footer(BytesView octets, const Place& place, std::uint64_t seed, std::uint64_t file_bytes) {
  RINGBACK_CHECK(octets.size() >= kFooterHeaderBytes, "a footer is read whole");
  expect_magic(octets, kFooterMagic, place, "the footer");
  FieldReader fields(octets.substr(kRecordHashAt));
  expect_hash(fields.next<std::uint64_t>(), hash64(octets.substr(kHashedFrom), seed), place, "a footer");
  FooterHeader header;
  header.stored = fields.next<std::uint32_t>();
  header.raw = fields.next<std::uint32_t>();
  if (padded(kFooterHeaderBytes + std::uint64_t{header.stored}) != octets.size()) {
    damaged(place, fmt::format("a footer body that fills {} octets", octets.size()), fmt::format("{}", header.stored));
  }
  const std::uint64_t raw_max =
      std::min(kFooterBytesMax, kFooterBaseBytes + file_bytes / kChunkHeaderBytes * kFooterBytesAChunk);
  if (header.raw > raw_max || header.raw % 8 != 0) {
    damaged(place, fmt::format("a footer that unfolds to at most {} octets", raw_max), fmt::format("{}", header.raw));
  }
  return header;
}

Bytes write_trailer(const Trailer& trailer) {
  Bytes out;
  append_little_endian<std::uint64_t>(0, out);
  append_little_endian(trailer.footer_offset, out);
  append_little_endian(trailer.footer_bytes, out);
  append_little_endian(trailer.events, out);
  append_little_endian(trailer.chunks, out);
  out.append(trailer.content_root.octets.begin(), trailer.content_root.octets.end());
  append_hash128(trailer.trace_id, out);
  out.append(kEndMagic);
  RINGBACK_CHECK(out.size() == kTrailerBytes, "a trailer has its length");
  store_little_endian(hash64(BytesView(out).substr(8), trailer.trace_id.low), out.data());
  return out;
}

Trailer read_trailer(BytesView octets, const Place& place) {
  RINGBACK_CHECK(octets.size() == kTrailerBytes, "a trailer is read whole");
  if (octets.substr(kTrailerBytes - kEndMagic.size()) != kEndMagic) {
    damaged(place, "the trailer of a finished trace",
            "other octets (the recording was cut off or never finished; 'ringback recover' saves what is whole)");
  }
  FieldReader fields(octets);
  const auto stored_hash = fields.next<std::uint64_t>();
  Trailer trailer;
  trailer.footer_offset = fields.next<std::uint64_t>();
  trailer.footer_bytes = fields.next<std::uint64_t>();
  trailer.events = fields.next<std::uint64_t>();
  trailer.chunks = fields.next<std::uint64_t>();
  trailer.content_root = fields.next_digest();
  trailer.trace_id = fields.next_hash128();
  expect_hash(stored_hash, hash64(octets.substr(8), trailer.trace_id.low), place, "a trailer");
  return trailer;
}

}  // namespace ringback::trace
