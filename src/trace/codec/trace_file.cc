#include "src/trace/codec/trace_file.h"

#include "src/trace/limits.h"
#include "src/trace/little_endian.h"

namespace ringback::trace {

TraceFile::TraceFile(ByteSource& source) : source_(source) {
  const Place start{.file = name(), .offset = 0};
  if (size() < kFileHeaderBytes) {
    damaged(start, fmt::format("a ringback trace of at least {} octets", kFileHeaderBytes + kTrailerBytes),
            fmt::format("{}", size()));
  }
  const std::uint32_t length = file_header_length(read(0, kFileHeaderBytes), start, size());
  header_ = read_file_header(read(0, length), start);
  if (header_.body_raw % 8 != 0) damaged(start, "a header of whole words", fmt::format("{} octets", header_.body_raw));
  std::vector<std::uint64_t> words(header_.body_raw / 8);
  const BytesView body = BytesView(buffer_).substr(kFileHeaderBytes, header_.body_stored);
  decompressor_.decompress(body, reinterpret_cast<char*>(words.data()), header_.body_raw, start);
  writer_ = parse_header(words, start);
}

Trailer TraceFile::trailer() {
  if (size() < first_record() + kFooterHeaderBytes + kTrailerBytes) {
    damaged({.file = name(), .offset = size()}, "the trailer of a finished trace",
            "the file's end (the recording was cut off or never finished; 'ringback recover' saves what is whole)");
  }
  const Place place{.file = name(), .offset = trailer_offset()};
  const Trailer trailer = read_trailer(read(place.offset, kTrailerBytes), place);
  if (trailer.trace_id != header_.trace_id) {
    damaged(place, fmt::format("trace id {}", to_hex(header_.trace_id)), to_hex(trailer.trace_id));
  }
  if (trailer.footer_bytes < kFooterHeaderBytes || trailer.footer_bytes > kFooterBytesMax ||
      trailer.footer_offset < first_record() || trailer.footer_offset > place.offset ||
      trailer.footer_bytes != place.offset - trailer.footer_offset) {
    damaged(place, "a footer that ends here",
            fmt::format("{} octets from {}", trailer.footer_bytes, trailer.footer_offset));
  }
  return trailer;
}

Footer TraceFile::footer(const Trailer& trailer) {
  const Place place{.file = name(), .offset = trailer.footer_offset};
  const BytesView octets = read(place.offset, trailer.footer_bytes);
  const FooterHeader header = read_footer(octets, place, header_.trace_id.low, size());
  std::vector<std::uint64_t> words(header.raw / 8);
  decompressor_.decompress(octets.substr(kFooterHeaderBytes, header.stored), reinterpret_cast<char*>(words.data()),
                           header.raw, place);
  return parse_footer(words, place);
}

bool TraceFile::is_footer_at(std::uint64_t offset) {
  return offset + kFooterHeaderBytes <= size() && read(offset, kFooterMagic.size()) == kFooterMagic;
}

ChunkHeader TraceFile::chunk_header(std::uint64_t offset, std::uint64_t end) {
  const Place place{.file = name(), .offset = offset};
  if (offset > end || end - offset < kChunkHeaderBytes) {
    damaged(place, fmt::format("a chunk header of {} octets", kChunkHeaderBytes),
            fmt::format(
                "the end at {} (the recording was cut off or never finished; 'ringback recover' saves what is whole)",
                end));
  }
  return read_chunk_header(read(offset, kChunkHeaderBytes), place, header_.trace_id.low, end - offset);
}

void TraceFile::chunk_rows(std::uint64_t offset, const ChunkHeader& header, Bytes& rows) {
  const Place place{.file = name(), .offset = offset + kChunkHeaderBytes};
  const BytesView body = read(place.offset, padded(header.body_bytes));
  if (body.substr(header.body_bytes).find_first_not_of('\0') != BytesView::npos) {
    damaged({.file = name(), .offset = place.offset + header.body_bytes}, "zeros as padding", "other octets");
  }
  decoder_.decode(header, body.substr(0, header.body_bytes), place, header_.trace_id.low, rows);
}

void TraceFile::chunk_rows_on(ChannelId channel, std::uint64_t offset, const ChunkHeader& header, Bytes& rows,
                              std::vector<std::uint32_t>& numbers) {
  const Place place{.file = name(), .offset = offset + kChunkHeaderBytes};
  const std::uint64_t seed = header_.trace_id.low;
  const auto blocks = decoder_.find_blocks(channel, header, read(place.offset, header.spine_stored), place, seed);
  decoder_.decode_blocks(channel, blocks, read(blocks.offset, blocks.length), place, seed, rows, numbers);
}

std::uint64_t TraceFile::after_old_footers(std::uint64_t offset, std::uint64_t end) {
  while (offset < end && end - offset >= kFooterHeaderBytes + kTrailerBytes && is_footer_at(offset)) {
    const Place place{.file = name(), .offset = offset};
    const std::uint64_t stored = load_little_endian<std::uint32_t>(read(offset, kFooterHeaderBytes).data() + 16);
    const std::uint64_t length = padded(kFooterHeaderBytes + stored);
    if (length > end - offset || end - offset - length < kTrailerBytes) return offset;
    read_footer(read(offset, length), place, header_.trace_id.low, size());
    const Place after{.file = name(), .offset = offset + length};
    const Trailer trailer = read_trailer(read(after.offset, kTrailerBytes), after);
    if (trailer.trace_id != header_.trace_id || trailer.footer_offset != offset) {
      damaged(after, "the trailer of the footer before it", "another");
    }
    offset = after.offset + kTrailerBytes;
  }
  return offset;
}

BytesView TraceFile::read(std::uint64_t offset, std::size_t length) {
  buffer_.resize(length);
  source_.read_at(offset, buffer_.data(), length);
  return buffer_;
}

}  // namespace ringback::trace
