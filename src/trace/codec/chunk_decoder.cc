#include "src/trace/codec/chunk_decoder.h"

#include <algorithm>
#include <bit>

#include "src/trace/limits.h"
#include "src/trace/little_endian.h"

namespace ringback::trace {
namespace {

constexpr std::size_t kFieldHeadBytes = 5;
constexpr std::uint64_t kDirectionMax = static_cast<std::uint64_t>(Direction::from_agent);
constexpr std::uint64_t kOriginMax = static_cast<std::uint64_t>(Origin::world);

bool has_bit(BytesView bits, std::size_t index) {
  return (static_cast<std::uint8_t>(bits[index / 8]) >> (index % 8) & 1) != 0;
}

// How many of `events` have the field.
std::size_t count_holders(BytesView presence, std::size_t events, const Place& place) {
  if (presence.empty()) return events;
  if (presence.size() != (events + 7) / 8) {
    damaged(place, fmt::format("a bit for each of {} events", events), fmt::format("{} octets", presence.size()));
  }
  std::size_t holders = 0;
  for (const char octet : presence)
    holders += static_cast<std::size_t>(std::popcount(static_cast<std::uint8_t>(octet)));
  const std::size_t unused = events % 8 == 0 ? 0 : static_cast<std::uint8_t>(presence.back()) >> (events % 8);
  if (unused != 0) damaged(place, "unused bits of 0", "others");
  return holders;
}

// The least that one value adds to its row.
std::uint64_t least_bytes(const FieldColumn& field) {
  if (field.format == FieldFormat::integers) return kFieldHeadBytes + 8;
  return field.tag == kWholeBodyTag ? 1 : kFieldHeadBytes + 1;
}

void expect_at_most(const std::vector<std::uint64_t>& values, std::uint64_t most, const char* what,
                    const Place& place) {
  const auto greatest = std::max_element(values.begin(), values.end());
  if (greatest != values.end() && *greatest > most) {
    damaged(place, fmt::format("{} of at most {}", what, most), fmt::format("{}", *greatest));
  }
}

}  // namespace

void ChunkDecoder::decode(const ChunkHeader& header, BytesView body, const Place& place, std::uint64_t seed,
                          Bytes& rows) {
  RINGBACK_CHECK(body.size() == header.body_bytes, "a chunk's body is read whole");
  read_spine(header, body, place, seed);
  check_streams(header, place);
  read_blocks(body.substr(header.spine_stored), {.file = place.file, .offset = place.offset + header.spine_stored},
              seed);
  unpack_streams(place);
  unpack(spine_.order, header.events, order_, place);
  assemble(header, place, rows);
  if (hash128(rows) != header.content_hash) {
    damaged(place, fmt::format("rows with hash {}", to_hex(header.content_hash)), to_hex(hash128(rows)));
  }
}

void ChunkDecoder::read_spine(const ChunkHeader& header, BytesView body, const Place& place, std::uint64_t seed) {
  const BytesView stored = body.substr(0, header.spine_stored);
  if (hash64(stored, seed) != header.spine_hash) {
    damaged(place, fmt::format("a spine with hash {:016x}", header.spine_hash),
            fmt::format("{:016x}", hash64(stored, seed)));
  }
  segment_.resize(header.spine_raw / 8);
  decompressor_.decompress(stored, reinterpret_cast<char*>(segment_.data()), header.spine_raw, place);
  spine_ = parse_spine(segment_, place);
}

// Everything that can be known before memory is taken for values.
void ChunkDecoder::check_streams(const ChunkHeader& header, const Place& place) const {
  std::uint64_t events = 0;
  std::uint64_t rows_bytes = header.events * kRowHeadBytes;
  const StreamColumns* previous = nullptr;
  for (const StreamColumns& stream : spine_.streams) {
    if (previous != nullptr && std::pair(previous->channel, previous->kind) >= std::pair(stream.channel, stream.kind)) {
      damaged(place, "streams in order of channel and kind", "another order");
    }
    previous = &stream;
    events += stream.count;
    if (stream.count == 0 || events > header.events) break;
    int previous_tag = -1;
    for (const FieldColumn& field : stream.fields) {
      if (field.tag <= previous_tag) damaged(place, "fields in order of their tags", "another order");
      previous_tag = field.tag;
      rows_bytes += count_holders(field.presence, stream.count, place) * least_bytes(field);
      if (rows_bytes > kChunkRowsBytesMax)
        damaged(place, fmt::format("rows of at most {} octets", kChunkRowsBytesMax), "more");
    }
  }
  if (events != header.events) {
    damaged(place, fmt::format("streams with {} events together", header.events), "another number");
  }
  std::uint64_t raw = 0;
  for (const Block& block : spine_.blocks) raw += block.raw_bytes;
  if (raw > kChunkRowsBytesMax)
    damaged(place, fmt::format("blocks of at most {} octets", kChunkRowsBytesMax), fmt::format("{}", raw));
}

void ChunkDecoder::read_block(std::size_t index, BytesView octets, const Place& place, std::uint64_t seed) {
  const Block& block = spine_.blocks[index];
  if (block.codec == BlockCodec::inlined) {
    if (block.stored_bytes != 0) damaged(place, "nothing stored beside the spine", "a block");
    blocks_[index].assign(block.inlined);
  } else {
    if (hash64(octets, seed) != block.hash) {
      damaged(place, fmt::format("a block with hash {:016x}", block.hash),
              fmt::format("{:016x}", hash64(octets, seed)));
    }
    if (block.codec == BlockCodec::raw) {
      blocks_[index].assign(octets);
    } else {
      blocks_[index].resize(block.raw_bytes);
      decompressor_.decompress(octets, blocks_[index].data(), block.raw_bytes, place);
    }
  }
  if (blocks_[index].size() != block.raw_bytes) {
    damaged(place, fmt::format("a block of {} octets", block.raw_bytes), fmt::format("{}", blocks_[index].size()));
  }
}

void ChunkDecoder::read_blocks(BytesView stored, const Place& place, std::uint64_t seed) {
  if (blocks_.size() < spine_.blocks.size()) blocks_.resize(spine_.blocks.size());
  std::uint64_t offset = place.offset;
  for (std::size_t i = 0; i < spine_.blocks.size(); ++i) {
    const Block& block = spine_.blocks[i];
    const Place here{.file = place.file, .offset = offset};
    if (i > 0 && spine_.blocks[i - 1].channel >= block.channel)
      damaged(here, "blocks in order of channel", "another order");
    if (block.stored_bytes > stored.size()) {
      damaged(here, fmt::format("a block of at most {} octets", stored.size()), fmt::format("{}", block.stored_bytes));
    }
    const BytesView octets = stored.substr(0, block.stored_bytes);
    stored.remove_prefix(block.stored_bytes);
    offset += block.stored_bytes;
    read_block(i, octets, here, seed);
  }
  if (!stored.empty())
    damaged({.file = place.file, .offset = offset}, "the chunk's end", fmt::format("{} octets", stored.size()));
}

void ChunkDecoder::unpack_streams(const Place& place) {
  streams_.resize(spine_.streams.size());
  rows_bytes_ = 0;
  std::size_t block = 0;
  BytesView octets;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const StreamColumns& columns = spine_.streams[i];
    if (i == 0 || spine_.streams[i - 1].channel != columns.channel) {
      if (!octets.empty()) damaged(place, "a block that its channel uses whole", "octets left over");
      octets = {};
      if (block < spine_.blocks.size() && spine_.blocks[block].channel == columns.channel) octets = blocks_[block++];
    }
    unpack_heads(i, place);
    unpack_stream(columns, octets, place);
  }
  if (!octets.empty() || block != spine_.blocks.size())
    damaged(place, "blocks that are used whole", "octets left over");
}

void ChunkDecoder::unpack_heads(std::size_t index, const Place& place) {
  const StreamColumns& columns = spine_.streams[index];
  streams_[index].channel = columns.channel;
  streams_[index].kind = columns.kind;
  streams_[index].count = columns.count;
  streams_[index].next = 0;
  StreamValues& stream = streams_[index];
  unpack(columns.times, columns.count - 1, stream.times, place);
  unpack(columns.directions, columns.count, stream.directions, place);
  unpack(columns.origins, columns.count, stream.origins, place);
  unpack(columns.exchanges, columns.count, stream.exchanges, place);
  expect_at_most(stream.directions, kDirectionMax, "a direction", place);
  expect_at_most(stream.origins, kOriginMax, "an origin", place);
  from_differences(stream.exchanges);
  expect_at_most(stream.exchanges, UINT32_MAX, "an exchange", place);
}

void ChunkDecoder::unpack_stream(const StreamColumns& columns, BytesView& octets, const Place& place) {
  StreamValues& stream = streams_[static_cast<std::size_t>(&columns - spine_.streams.data())];
  // From steps to times, in place: one more value than steps.
  auto time = static_cast<std::uint64_t>(columns.first_time);
  const auto step = static_cast<std::uint64_t>(columns.time_step);
  for (std::uint64_t& value : stream.times) {
    const std::uint64_t distance = step + unzigzag(value);
    value = time;
    time += distance;
  }
  stream.times.push_back(time);
  stream.fields.resize(columns.fields.size());
  for (std::size_t i = 0; i < columns.fields.size(); ++i) {
    unpack_field(columns.fields[i], columns.count, octets, stream.fields[i], place);
  }
  rows_bytes_ += columns.count * kRowHeadBytes;
}

ChunkDecoder::BlockPlace ChunkDecoder::find_block(ChannelId channel, const ChunkHeader& header, BytesView spine,
                                                  const Place& place, std::uint64_t seed) {
  read_spine(header, spine, place, seed);
  check_streams(header, place);
  unpack(spine_.order, header.events, order_, place);
  const std::uint64_t start = place.offset + header.spine_stored;
  BlockPlace found{.index = spine_.blocks.size(), .offset = start};
  std::uint64_t stored = 0;
  for (std::size_t i = 0; i < spine_.blocks.size(); ++i) {
    if (spine_.blocks[i].channel == channel) {
      found = {.index = i, .offset = start + stored, .length = spine_.blocks[i].stored_bytes};
    }
    stored += spine_.blocks[i].stored_bytes;
  }
  if (stored != header.body_bytes - header.spine_stored) {
    damaged(place, fmt::format("blocks of {} octets", header.body_bytes - header.spine_stored),
            fmt::format("{}", stored));
  }
  return found;
}

void ChunkDecoder::decode_block(ChannelId channel, const BlockPlace& block, BytesView stored, const Place& place,
                                std::uint64_t seed, Bytes& rows, std::vector<std::uint32_t>& numbers) {
  numbers.clear();
  if (blocks_.size() < spine_.blocks.size()) blocks_.resize(spine_.blocks.size());
  BytesView octets;
  if (block.index < spine_.blocks.size()) {
    read_block(block.index, stored, {.file = place.file, .offset = block.offset}, seed);
    octets = blocks_[block.index];
  }
  streams_.resize(spine_.streams.size());
  rows_bytes_ = 0;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    streams_[i].channel = spine_.streams[i].channel;
    streams_[i].count = spine_.streams[i].count;
    streams_[i].next = 0;
    if (streams_[i].channel != channel) continue;
    unpack_heads(i, place);
    unpack_stream(spine_.streams[i], octets, place);
  }
  if (!octets.empty()) damaged(place, "a block that its channel uses whole", "octets left over");
  if (rows_bytes_ > kChunkRowsBytesMax) {
    damaged(place, fmt::format("rows of at most {} octets", kChunkRowsBytesMax), fmt::format("{}", rows_bytes_));
  }
  rows.resize(rows_bytes_);
  char* out = rows.data();
  for (std::size_t event = 0; event < order_.size(); ++event) {
    const std::uint64_t index = order_[event];
    if (index >= streams_.size() || streams_[index].next == streams_[index].count) {
      damaged(place, "an order that names each event once", fmt::format("stream {} too often", index));
    }
    StreamValues& stream = streams_[index];
    if (stream.channel == channel) {
      numbers.push_back(static_cast<std::uint32_t>(event));
      out = write_row(stream, out, place);
    } else {
      ++stream.next;
    }
  }
  RINGBACK_CHECK(out == rows.data() + rows.size(), "rows take the octets that their columns state");
}

void ChunkDecoder::unpack_field(const FieldColumn& column, std::uint32_t events, BytesView& octets, FieldValues& values,
                                const Place& place) {
  const std::size_t holders = count_holders(column.presence, events, place);
  values.tag = column.tag;
  values.format = column.format;
  values.presence = column.presence;
  values.next = 0;
  unpack(column.numbers, holders, values.numbers, place);
  const std::size_t head = column.tag == kWholeBodyTag ? 0 : kFieldHeadBytes;
  if (column.format == FieldFormat::integers) {
    if (column.tag == kWholeBodyTag) damaged(place, "whole bodies as octets", "integers");
    from_differences(values.numbers);
    rows_bytes_ += holders * (head + 8);
    return;
  }
  values.octets = octets.data();
  std::uint64_t total = 0;
  for (const std::uint64_t length : values.numbers) {
    if (length == 0 || length > octets.size() - total) {
      damaged(place, fmt::format("a value of 1 to {} octets", octets.size() - total), fmt::format("{}", length));
    }
    total += length;
  }
  octets.remove_prefix(total);
  rows_bytes_ += holders * head + total;
}

void ChunkDecoder::assemble(const ChunkHeader& header, const Place& place, Bytes& rows) {
  if (rows_bytes_ > kChunkRowsBytesMax) {
    damaged(place, fmt::format("rows of at most {} octets", kChunkRowsBytesMax), fmt::format("{}", rows_bytes_));
  }
  rows.resize(rows_bytes_);
  char* out = rows.data();
  std::uint64_t channel_mask = 0;
  for (const StreamValues& stream : streams_) channel_mask |= std::uint64_t{1} << (stream.channel % 64);
  std::int64_t earliest = INT64_MAX;
  std::int64_t latest = INT64_MIN;
  for (const std::uint64_t index : order_) {
    if (index >= streams_.size() || streams_[index].next == streams_[index].count) {
      damaged(place, "an order that names each event once", fmt::format("stream {} too often", index));
    }
    StreamValues& stream = streams_[index];
    const auto time = static_cast<std::int64_t>(stream.times[stream.next]);
    earliest = std::min(earliest, time);
    latest = std::max(latest, time);
    out = write_row(stream, out, place);
  }
  RINGBACK_CHECK(out == rows.data() + rows.size(), "rows take the octets that their columns state");
  if (earliest != header.earliest || latest != header.latest || channel_mask != header.channel_mask) {
    damaged(place, "the times and channels that the chunk's header states", "others");
  }
}

// The next event of `stream`; returns where the row ends. The sum of all rows was checked against the buffer.
char* ChunkDecoder::write_row(StreamValues& stream, char* out, const Place& place) {
  const std::size_t event = stream.next++;
  char* const row = out;
  store_little_endian(stream.times[event], row);
  store_little_endian(stream.channel, row + 8);
  store_little_endian(stream.kind, row + 10);
  row[12] = static_cast<char>(stream.directions[event]);
  row[13] = static_cast<char>(stream.origins[event]);
  store_little_endian<std::uint16_t>(0, row + 14);
  store_little_endian(static_cast<std::uint32_t>(stream.exchanges[event]), row + 16);
  out += kRowHeadBytes;
  bool whole = false;
  for (FieldValues& field : stream.fields) {
    if (!field.presence.empty() && !has_bit(field.presence, event)) continue;
    if (whole) damaged(place, "a body that is either whole or in fields", "both");
    const std::uint64_t number = field.numbers[field.next++];
    const std::uint64_t length = field.format == FieldFormat::integers ? 8 : number;
    if (field.tag == kWholeBodyTag) {
      whole = true;
    } else {
      *out++ = static_cast<char>(field.tag);
      store_little_endian(static_cast<std::uint32_t>(length), out);
      out += sizeof(std::uint32_t);
    }
    if (field.format == FieldFormat::integers) {
      store_little_endian(number, out);
    } else {
      std::copy_n(field.octets, length, out);
      field.octets += length;
    }
    out += length;
  }
  const auto body_bytes = static_cast<std::size_t>(out - row) - kRowHeadBytes;
  if (body_bytes > kBodyBytesMax) {
    damaged(place, fmt::format("a body of at most {} octets", kBodyBytesMax), fmt::format("{}", body_bytes));
  }
  store_little_endian(static_cast<std::uint32_t>(body_bytes), row + 20);
  return out;
}

}  // namespace ringback::trace
