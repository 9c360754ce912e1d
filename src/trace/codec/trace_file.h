// A trace file as its records: what Reader and verify are made of.
#pragma once

#include <cstdint>
#include <string>

#include "src/base/io.h"
#include "src/trace/codec/chunk_decoder.h"
#include "src/trace/codec/footer.h"
#include "src/trace/codec/layout.h"

namespace ringback::trace {

class TraceFile {
 public:
  // Reads and checks the file header. Throws DamageError; Error for a version or feature that this reader does not
  // know. `source` must outlive it.
  explicit TraceFile(ByteSource& source);

  const std::string& name() const { return source_.name(); }
  std::uint64_t size() const { return source_.size(); }
  const Hash128& trace_id() const { return header_.trace_id; }
  // The features that the file may use (features.h).
  std::uint64_t features() const { return header_.required_features; }
  // The program that wrote the file.
  const std::string& writer() const { return writer_; }
  // Where the first chunk, or the footer of an empty trace, stands.
  std::uint64_t first_record() const { return header_.length; }
  // Where the trailer of a finished trace stands.
  std::uint64_t trailer_offset() const { return size() - kTrailerBytes; }

  Trailer trailer();
  Footer footer(const Trailer& trailer);
  // True where a footer starts, by its magic alone.
  bool is_footer_at(std::uint64_t offset);
  // `end`: where chunks must end at the latest.
  ChunkHeader chunk_header(std::uint64_t offset, std::uint64_t end);
  // Where the record after this chunk stands.
  static std::uint64_t after(std::uint64_t offset, const ChunkHeader& header) {
    return offset + kChunkHeaderBytes + padded(header.body_bytes);
  }
  // A trace that was finished and then continued keeps the footers and trailers that it had. Where those that start at
  // `offset` end, and at most `end`; `offset` where none starts there but the last.
  std::uint64_t after_old_footers(std::uint64_t offset, std::uint64_t end);
  // Replaces `rows` by the chunk's.
  void chunk_rows(std::uint64_t offset, const ChunkHeader& header, Bytes& rows);
  // The same for the rows of one channel, and which of the chunk's events they are, from 0; reads the spine and that
  // channel's block only.
  void chunk_rows_on(ChannelId channel, std::uint64_t offset, const ChunkHeader& header, Bytes& rows,
                     std::vector<std::uint32_t>& numbers);

 private:
  // Valid until the next call.
  BytesView read(std::uint64_t offset, std::size_t length);

  ByteSource& source_;
  FileHeader header_;
  std::string writer_;
  ChunkDecoder decoder_;
  Decompressor decompressor_;
  Bytes buffer_;
};

}  // namespace ringback::trace
