// Canonical rows -> one chunk of a file.
//
// Rows are gathered by stream (channel, kind), their bodies split by field tag, and every column packed for itself; the
// octets of each channel become one block. What `decode` (chunk_decoder.h) makes of it are the same rows in the same
// order.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "src/trace/codec/compression.h"
#include "src/trace/codec/layout.h"
#include "src/trace/codec/spine.h"
#include "src/trace/index.h"

namespace ringback::trace {

class ChunkEncoder {
 public:
  // Appends a chunk with `rows` (`events` canonical rows, 1 to kChunkEventsMax of them, of at most kChunkStreamsMax
  // streams) to `out`. Of `place` the caller gives offset and first_event; the rest is filled in.
  void encode(BytesView rows, std::uint32_t events, std::uint64_t previous_chunk, std::uint64_t seed, ChunkEntry& place,
              Bytes& out);

 private:
  // A value in `rows_`.
  struct Span {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
  };
  struct FieldBuilder {
    std::uint8_t tag = kWholeBodyTag;
    std::vector<std::uint32_t> holders;  // which of the stream's events
    std::vector<Span> values;
  };
  struct StreamBuilder {
    ChannelId channel = kControlChannel;
    std::uint16_t kind = 0;
    std::vector<std::uint64_t> times;
    std::vector<std::uint64_t> directions;
    std::vector<std::uint64_t> origins;
    std::vector<std::uint64_t> exchanges;
    std::vector<FieldBuilder> fields;  // ascending by tag
  };

  void gather(std::uint32_t events, ChunkEntry& place);
  std::uint32_t stream_of(ChannelId channel, std::uint16_t kind);
  void add_body(StreamBuilder& stream, Span body);
  bool split_fields(Span body);
  FieldBuilder* field_of(StreamBuilder& stream, std::uint8_t tag);
  void sort_streams();
  Numbers pack_column(const std::vector<std::uint64_t>& values);
  StreamColumns pack_stream(StreamBuilder& stream);
  FieldColumn pack_field(const FieldBuilder& field, std::size_t events);
  void append_values(const FieldColumn& column, const FieldBuilder& field);
  void close_block(ChannelId channel);
  Block store_block();

  BytesView rows_;
  std::vector<StreamBuilder> streams_;
  std::vector<std::vector<std::uint32_t>> streams_of_channel_;  // indices into streams_, by channel
  std::vector<std::uint64_t> order_;
  std::size_t fields_ = 0;
  struct TaggedSpan {
    std::uint8_t tag = 0;
    Span value;
  };
  std::vector<TaggedSpan> split_;
  std::vector<std::uint64_t> scratch_;
  std::deque<Bytes> columns_;  // what the spine's views point to
  Bytes block_;                // raw octets of the channel at hand
  Bytes blocks_;               // stored blocks of the chunk
  Spine spine_;
  Compressor compressor_;
};

}  // namespace ringback::trace
