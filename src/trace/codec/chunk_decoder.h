// One chunk of a file -> canonical rows.
//
// Nothing in a chunk is believed: every hash, length, count and order is checked, and sizes before memory is taken for
// them. Columns are read where they stand, so that memory is that of blocks and rows; buffers are kept from chunk to
// chunk.
#pragma once

#include <cstdint>
#include <vector>

#include "src/trace/codec/compression.h"
#include "src/trace/codec/layout.h"
#include "src/trace/codec/spine.h"

namespace ringback::trace {

class ChunkDecoder {
 public:
  // Replaces `rows` by the chunk's canonical rows. `body` is what follows `header` in the file, `place` where it stands
  // there. Throws DamageError unless the chunk is whole.
  void decode(const ChunkHeader& header, BytesView body, const Place& place, std::uint64_t seed, Bytes& rows);

  // Where the blocks of one channel stand: one after another.
  struct BlockPlace {
    std::size_t first = 0;  // among the chunk's blocks
    std::size_t count = 0;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };
  // In two steps, so that nothing else is read: finds the blocks of `channel` by the spine, then replaces `rows` by the
  // channel's. `place` is where the spine stands. All octets that are used are checked by their hashes; the hash of the
  // chunk's rows is not, for want of the others.
  BlockPlace find_blocks(ChannelId channel, const ChunkHeader& header, BytesView spine, const Place& place,
                         std::uint64_t seed);
  void decode_blocks(ChannelId channel, const BlockPlace& blocks, BytesView stored, const Place& place,
                     std::uint64_t seed, Bytes& rows, std::vector<std::uint32_t>& numbers);

 private:
  // A field column on its way into rows.
  struct FieldValues {
    const FieldColumn* column = nullptr;
    bool is_everywhere = true;  // every event of the stream has the field
    std::size_t holders = 0;
    Column numbers;          // lengths
    RunningColumn integers;  // or values
    std::uint64_t octets_left = 0;
    const char* octets = nullptr;
    bool has_cuts = false;
    Column cuts;
    Column cut_places;
    Column cut_lengths;
    std::uint64_t cut_octets_left = 0;
    const char* cut_octets = nullptr;
  };
  struct StreamValues {
    ChannelId channel = kControlChannel;
    std::uint16_t kind = 0;
    std::uint32_t count = 0;
    std::uint32_t next = 0;
    std::uint64_t time = 0;  // of the next event
    RunningColumn times;     // of those after it
    Column directions;
    Column origins;
    RunningColumn exchanges;
    std::vector<FieldValues> fields;
  };

  void read_spine(const ChunkHeader& header, BytesView body, const Place& place, std::uint64_t seed);
  void check_streams(const ChunkHeader& header, const Place& place) const;
  void open_stream(const StreamColumns& columns, StreamValues& stream, const Place& place);
  void open_field(const FieldColumn& column, std::uint32_t events, FieldValues& values, const Place& place);
  void open_cuts(FieldValues& values, const Place& place);
  void add_to_rows(std::uint64_t octets, const Place& place);
  void read_blocks(std::size_t first, std::size_t count, BytesView stored, Place place, std::uint64_t seed);
  BytesView load_block(std::size_t index, BytesView octets, const Place& place, std::uint64_t seed);
  void use_block(std::size_t index, BytesView ready, const Place& place);
  template <class Use>
  void for_parts_of(const Block& block, Use&& use);
  void check_parts(const StreamValues& stream, const Place& place) const;
  void assemble(const ChunkHeader& header, const Place& place, Bytes& rows);
  StreamValues& stream_of_next(const Place& place);
  char* write_row(StreamValues& stream, char* out, const Place& place);
  char* write_value(FieldValues& field, char* out, const Place& place);

  std::vector<std::uint64_t> segment_;
  Spine spine_;
  std::vector<Bytes> blocks_;  // what zstd unfolded, in the order of spine_.blocks
  std::vector<Bytes> octets_;  // what was transformed back, in the same order
  std::vector<StreamValues> streams_;
  Column order_;
  std::uint64_t rows_bytes_ = 0;
  Decompressor decompressor_;
};

}  // namespace ringback::trace
