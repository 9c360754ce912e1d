// Finds the whole records of a file that may be damaged anywhere.
//
// A walk from the start, record by record; where no whole record stands, a search for the next magic whose record is
// whole. The search goes octet by octet, so that what was cut out or put in may have any length. Nothing here throws
// because of damage.
//
//   Salvage salvage(source);
//   for (const FoundChunk& chunk : salvage.chunks()) if (salvage.rows_of(chunk, rows)) use(rows);
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "src/base/io.h"
#include "src/trace/codec/chunk_decoder.h"
#include "src/trace/codec/footer.h"
#include "src/trace/codec/layout.h"

namespace ringback::trace {

struct FoundChunk {
  std::uint64_t offset = 0;
  ChunkHeader header;
};

struct OctetRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  friend bool operator==(const OctetRange&, const OctetRange&) = default;
};

class Salvage {
 public:
  // Walks the whole file. Throws Error where it cannot be read, or where an intact header asks for a version or feature
  // that this reader does not know. `source` must outlive it.
  explicit Salvage(ByteSource& source);

  // What every hash of the trace is seeded with: from the header, else the trailer, else the first chunk. Nothing where
  // none of these is whole; then there are no chunks either.
  const std::optional<Hash128>& trace_id() const { return trace_id_; }
  // Whole chunks in the order of the file; duplicates and chunks out of order included.
  const std::vector<FoundChunk>& chunks() const { return chunks_; }
  // What belongs to no whole record.
  const std::vector<OctetRange>& damaged() const { return damaged_; }
  // The last whole footer.
  const std::optional<Footer>& footer() const { return footer_; }
  // The trailer at the file's end.
  const std::optional<Trailer>& trailer() const { return trailer_; }
  // No chunk stands after the last whole footer: it knows of all events.
  bool footer_is_last() const { return footer_is_last_; }
  // Replaces `rows` by the chunk's; false where they cannot be read again.
  bool rows_of(const FoundChunk& chunk, Bytes& rows);

 private:
  void find_identity();
  std::optional<Hash128> first_chunk_identity();
  void walk();
  // Where the record that starts at `offset` ends, if a whole one does.
  std::optional<std::uint64_t> take_chunk(std::uint64_t offset);
  std::optional<std::uint64_t> take_footer(std::uint64_t offset);
  // The next place from `offset` on, before `end`, where a magic stands; `end` where none does.
  std::uint64_t next_magic(std::uint64_t offset, std::uint64_t end);
  BytesView read(std::uint64_t offset, std::uint64_t length);

  ByteSource& source_;
  std::uint64_t start_ = 0;
  std::uint64_t end_ = 0;  // where records end
  std::optional<Hash128> trace_id_;
  std::vector<FoundChunk> chunks_;
  std::vector<OctetRange> damaged_;
  std::optional<Footer> footer_;
  std::optional<Trailer> trailer_;
  bool footer_is_last_ = false;
  // Octets of bodies that may still be read in vain: a file made on purpose must not make the walk quadratic.
  std::uint64_t vain_octets_left_ = 0;
  Bytes buffer_;
  Bytes window_;
  std::uint64_t window_at_ = 0;
  Bytes rows_;
  ChunkDecoder decoder_;
  Decompressor decompressor_;
};

}  // namespace ringback::trace
