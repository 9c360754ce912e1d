// Canonical rows -> one chunk of a file.
//
// Rows are gathered by stream (channel, kind), their bodies split by field tag, and every column packed for itself; the
// octets of each channel become one block, or one for each transform that pays. What `decode` (chunk_decoder.h) makes
// of it are the same rows in the same order.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "src/trace/codec/compression.h"
#include "src/trace/codec/layout.h"
#include "src/trace/codec/spine.h"
#include "src/trace/codec/transform_chooser.h"
#include "src/trace/index.h"

namespace ringback::trace {

class ChunkEncoder {
 public:
  // `features`: what may be used (features.h).
  explicit ChunkEncoder(std::uint64_t features)
      : chooser_(features), features_(features), compressor_(effort_of(features)) {}

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
  FieldColumn pack_field(const StreamBuilder& stream, const FieldBuilder& field);
  void pack_octets(const StreamBuilder& stream, const FieldBuilder& field, FieldColumn& column);
  bool cut_base64(const FieldBuilder& field);
  void close_blocks(ChannelId channel);
  Block store_block(Transform transform, const Bytes& block);

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
  std::deque<Bytes> columns_;             // what the spine's views point to
  std::array<Bytes, kTransforms> ready_;  // octets of the channel at hand, by transform, as they made it
  Bytes blocks_;                          // stored blocks of the chunk
  // The column at hand: its values, or what is left of them, and what was cut out.
  Bytes values_;
  Bytes cut_octets_;
  std::vector<std::uint64_t> lengths_;
  std::vector<std::uint64_t> cuts_;
  std::vector<std::uint64_t> cut_places_;
  std::vector<std::uint64_t> cut_lengths_;
  TransformChooser chooser_;
  std::uint64_t features_ = 0;
  Spine spine_;
  Compressor compressor_;
};

}  // namespace ringback::trace
