// One chunk of a file -> canonical rows.
//
// Nothing in a chunk is believed: every hash, length, count and order is checked, and sizes before memory is taken for
// them. Buffers are kept from chunk to chunk.
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

  // Where the octets of one channel stand.
  struct BlockPlace {
    std::size_t index = 0;  // among the chunk's blocks; as many as there are where the channel has none
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };
  // In two steps, so that nothing else is read: finds the block of `channel` by the spine, then replaces `rows` by the
  // channel's. `place` is where the spine stands. All octets that are used are checked by their hashes; the hash of the
  // chunk's rows is not, for want of the others.
  BlockPlace find_block(ChannelId channel, const ChunkHeader& header, BytesView spine, const Place& place,
                        std::uint64_t seed);
  void decode_block(ChannelId channel, const BlockPlace& block, BytesView stored, const Place& place,
                    std::uint64_t seed, Bytes& rows, std::vector<std::uint32_t>& numbers);

 private:
  // A field column on its way into rows.
  struct FieldValues {
    std::uint8_t tag = kWholeBodyTag;
    FieldFormat format = FieldFormat::octets;
    BytesView presence;
    std::vector<std::uint64_t> numbers;
    std::size_t next = 0;
    const char* octets = nullptr;
  };
  struct StreamValues {
    ChannelId channel = kControlChannel;
    std::uint16_t kind = 0;
    std::uint32_t count = 0;
    std::uint32_t next = 0;
    std::vector<std::uint64_t> times;
    std::vector<std::uint64_t> directions;
    std::vector<std::uint64_t> origins;
    std::vector<std::uint64_t> exchanges;
    std::vector<FieldValues> fields;
  };

  void read_spine(const ChunkHeader& header, BytesView body, const Place& place, std::uint64_t seed);
  void read_block(std::size_t index, BytesView stored, const Place& place, std::uint64_t seed);
  void read_blocks(BytesView stored, const Place& place, std::uint64_t seed);
  void check_streams(const ChunkHeader& header, const Place& place) const;
  void unpack_streams(const Place& place);
  void unpack_heads(std::size_t stream, const Place& place);
  void unpack_stream(const StreamColumns& columns, BytesView& octets, const Place& place);
  void unpack_field(const FieldColumn& column, std::uint32_t events, BytesView& octets, FieldValues& values,
                    const Place& place);
  void assemble(const ChunkHeader& header, const Place& place, Bytes& rows);
  char* write_row(StreamValues& stream, char* out, const Place& place);

  std::vector<std::uint64_t> segment_;
  Spine spine_;
  std::vector<Bytes> blocks_;  // raw octets, in the order of spine_.blocks
  std::vector<StreamValues> streams_;
  std::vector<std::uint64_t> order_;
  std::uint64_t rows_bytes_ = 0;
  Decompressor decompressor_;
};

}  // namespace ringback::trace
