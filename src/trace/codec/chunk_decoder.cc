#include "src/trace/codec/chunk_decoder.h"

#include <algorithm>
#include <bit>

#include "src/trace/codec/base64_runs.h"
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

}  // namespace

void ChunkDecoder::decode(const ChunkHeader& header, BytesView body, const Place& place, std::uint64_t seed,
                          Bytes& rows) {
  RINGBACK_CHECK(body.size() == header.body_bytes, "a chunk's body is read whole");
  read_spine(header, body, place, seed);
  check_streams(header, place);
  streams_.resize(spine_.streams.size());
  rows_bytes_ = 0;
  for (std::size_t i = 0; i < streams_.size(); ++i) open_stream(spine_.streams[i], streams_[i], place);
  read_blocks(0, spine_.blocks.size(), body.substr(header.spine_stored),
              {.file = place.file, .offset = place.offset + header.spine_stored}, seed);
  for (const StreamValues& stream : streams_) check_parts(stream, place);
  order_ = Column(spine_.order, header.events, place);
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

void ChunkDecoder::open_stream(const StreamColumns& columns, StreamValues& stream, const Place& place) {
  stream.channel = columns.channel;
  stream.kind = columns.kind;
  stream.count = columns.count;
  stream.next = 0;
  stream.time = static_cast<std::uint64_t>(columns.first_time);
  stream.times = RunningColumn(Column(columns.times, columns.count - 1, place), stream.time,
                               static_cast<std::uint64_t>(columns.time_step));
  stream.directions = Column(columns.directions, columns.count, place);
  stream.origins = Column(columns.origins, columns.count, place);
  stream.exchanges = RunningColumn(Column(columns.exchanges, columns.count, place));
  stream.fields.resize(columns.fields.size());
  rows_bytes_ += columns.count * kRowHeadBytes;
  for (std::size_t i = 0; i < columns.fields.size(); ++i) {
    open_field(columns.fields[i], columns.count, stream.fields[i], place);
  }
}

void ChunkDecoder::open_field(const FieldColumn& column, std::uint32_t events, FieldValues& values,
                              const Place& place) {
  values = {};
  values.column = &column;
  values.is_everywhere = column.presence.empty();
  values.holders = count_holders(column.presence, events, place);
  values.numbers = Column(column.numbers, values.holders, place);
  add_to_rows(values.holders * (column.tag == kWholeBodyTag ? 0 : kFieldHeadBytes), place);
  if (column.format == FieldFormat::integers) {
    if (column.tag == kWholeBodyTag) damaged(place, "whole bodies as octets", "integers");
    values.integers = RunningColumn(values.numbers);
    add_to_rows(values.holders * 8, place);
    return;
  }
  if (column.has_cuts()) return open_cuts(values, place);
  Column lengths = values.numbers;
  for (std::size_t i = 0; i < values.holders; ++i) {
    const std::uint64_t length = lengths.next();
    if (length == 0 || length > kChunkRowsBytesMax) {
      damaged(place, fmt::format("a value of 1 to {} octets", kChunkRowsBytesMax), fmt::format("{}", length));
    }
    values.octets_left += length;
    add_to_rows(length, place);
  }
}

// What is left of a value may be nothing, but then something was cut out of it.
void ChunkDecoder::open_cuts(FieldValues& values, const Place& place) {
  const FieldColumn& column = *values.column;
  values.has_cuts = true;
  values.cuts = Column(column.cuts, values.holders, place);
  Column lengths = values.numbers;
  Column counts = values.cuts;
  std::uint64_t cuts = 0;
  for (std::size_t i = 0; i < values.holders; ++i) {
    const std::uint64_t length = lengths.next();
    const std::uint64_t count = counts.next();
    if (count > kChunkCutsMax - cuts) damaged(place, fmt::format("at most {} cuts", kChunkCutsMax), "more");
    if ((length == 0 && count == 0) || length > kChunkRowsBytesMax) {
      damaged(place, fmt::format("a value of 1 to {} octets", kChunkRowsBytesMax), fmt::format("{}", length));
    }
    cuts += count;
    values.octets_left += length;
    add_to_rows(length, place);
  }
  values.cut_places = Column(column.cut_places, cuts, place);
  values.cut_lengths = Column(column.cut_lengths, cuts, place);
  Column cut_lengths = values.cut_lengths;
  for (std::uint64_t i = 0; i < cuts; ++i) {
    const std::uint64_t length = cut_lengths.next();
    if (length < kRunOctetsMin || length > kChunkRowsBytesMax) {
      damaged(place, fmt::format("a cut of {} to {} octets", kRunOctetsMin, kChunkRowsBytesMax),
              fmt::format("{}", length));
    }
    values.cut_octets_left += length;
    add_to_rows(base64_characters(length), place);
  }
}

void ChunkDecoder::add_to_rows(std::uint64_t octets, const Place& place) {
  rows_bytes_ += octets;
  if (rows_bytes_ > kChunkRowsBytesMax) {
    damaged(place, fmt::format("rows of at most {} octets", kChunkRowsBytesMax), fmt::format("{}", rows_bytes_));
  }
}

// `stored` begins with block `first`, and has these blocks and nothing else.
void ChunkDecoder::read_blocks(std::size_t first, std::size_t count, BytesView stored, Place place,
                               std::uint64_t seed) {
  if (blocks_.size() < spine_.blocks.size()) blocks_.resize(spine_.blocks.size());
  if (octets_.size() < spine_.blocks.size()) octets_.resize(spine_.blocks.size());
  for (std::size_t i = first; i < first + count; ++i) {
    const Block& block = spine_.blocks[i];
    if (i > 0 && std::pair(spine_.blocks[i - 1].channel, spine_.blocks[i - 1].transform) >=
                     std::pair(block.channel, block.transform)) {
      damaged(place, "blocks in order of channel and transform", "another order");
    }
    if (block.stored_bytes > stored.size()) {
      damaged(place, fmt::format("a block of at most {} octets", stored.size()), fmt::format("{}", block.stored_bytes));
    }
    use_block(i, load_block(i, stored.substr(0, block.stored_bytes), place, seed), place);
    stored.remove_prefix(block.stored_bytes);
    place.offset += block.stored_bytes;
  }
  if (!stored.empty()) damaged(place, "the chunk's end", fmt::format("{} octets", stored.size()));
}

// As it was before it was compressed.
BytesView ChunkDecoder::load_block(std::size_t index, BytesView octets, const Place& place, std::uint64_t seed) {
  const Block& block = spine_.blocks[index];
  BytesView ready = octets;
  if (block.codec == BlockCodec::inlined) {
    if (block.stored_bytes != 0) damaged(place, "nothing stored beside the spine", "a block");
    ready = block.inlined;
  } else if (hash64(octets, seed) != block.hash) {
    damaged(place, fmt::format("a block with hash {:016x}", block.hash), fmt::format("{:016x}", hash64(octets, seed)));
  } else if (block.codec == BlockCodec::zstd) {
    blocks_[index].resize(block.raw_bytes);
    decompressor_.decompress(octets, blocks_[index].data(), block.raw_bytes, place);
    ready = blocks_[index];
  }
  if (ready.size() != block.raw_bytes) {
    damaged(place, fmt::format("a block of {} octets", block.raw_bytes), fmt::format("{}", ready.size()));
  }
  return ready;
}

// What a block has, in order: use(number of octets, where they stand).
template <class Use>
void ChunkDecoder::for_parts_of(const Block& block, Use&& use) {
  const auto first = std::lower_bound(streams_.begin(), streams_.end(), block.channel,
                                      [](const StreamValues& stream, ChannelId id) { return stream.channel < id; });
  for (auto stream = first; stream != streams_.end() && stream->channel == block.channel; ++stream) {
    for (FieldValues& field : stream->fields) {
      if (field.octets_left > 0 && field.column->transform == block.transform) use(field.octets_left, field.octets);
      if (field.has_cuts && field.column->cut_transform == block.transform) {
        use(field.cut_octets_left, field.cut_octets);
      }
    }
  }
}

void ChunkDecoder::use_block(std::size_t index, BytesView ready, const Place& place) {
  const Block& block = spine_.blocks[index];
  std::uint64_t total = 0;
  for_parts_of(block, [&](std::uint64_t length, const char*&) { total += length; });
  if (total == 0) damaged(place, "a block that its channel uses whole", "octets left over");
  if (block.transform == Transform::none) {
    if (total > ready.size()) {
      damaged(place, fmt::format("values of {} octets", total), fmt::format("{}", ready.size()));
    }
    for_parts_of(block, [&](std::uint64_t length, const char*& octets) {
      octets = ready.data();
      ready.remove_prefix(length);
    });
  } else {
    Bytes& unfolded = octets_[index];
    unfolded.resize(total);
    char* out = unfolded.data();
    for_parts_of(block, [&](std::uint64_t length, const char*& octets) {
      transform_back(block.transform, ready, out, length, place);
      octets = out;
      out += length;
    });
  }
  if (!ready.empty()) damaged(place, "a block that its channel uses whole", "octets left over");
}

// Everything that is to go into rows was in a block.
void ChunkDecoder::check_parts(const StreamValues& stream, const Place& place) const {
  for (const FieldValues& field : stream.fields) {
    if ((field.octets_left > 0 && field.octets == nullptr) || (field.has_cuts && field.cut_octets == nullptr)) {
      damaged(place, fmt::format("a block with the values of channel {}", stream.channel), "none");
    }
  }
}

ChunkDecoder::BlockPlace ChunkDecoder::find_blocks(ChannelId channel, const ChunkHeader& header, BytesView spine,
                                                   const Place& place, std::uint64_t seed) {
  read_spine(header, spine, place, seed);
  check_streams(header, place);
  order_ = Column(spine_.order, header.events, place);
  BlockPlace found{.offset = place.offset + header.spine_stored};
  std::uint64_t stored = 0;
  for (std::size_t i = 0; i < spine_.blocks.size(); ++i) {
    const Block& block = spine_.blocks[i];
    if (block.channel == channel) {
      if (found.count == 0) {
        found.first = i;
        found.offset += stored;
      }
      ++found.count;
      found.length += block.stored_bytes;
    }
    stored += block.stored_bytes;
  }
  if (stored != header.body_bytes - header.spine_stored) {
    damaged(place, fmt::format("blocks of {} octets", header.body_bytes - header.spine_stored),
            fmt::format("{}", stored));
  }
  return found;
}

void ChunkDecoder::decode_blocks(ChannelId channel, const BlockPlace& blocks, BytesView stored, const Place& place,
                                 std::uint64_t seed, Bytes& rows, std::vector<std::uint32_t>& numbers) {
  numbers.clear();
  streams_.resize(spine_.streams.size());
  rows_bytes_ = 0;
  std::uint64_t events = 0;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const StreamColumns& columns = spine_.streams[i];
    events += columns.count;
    streams_[i].channel = columns.channel;
    streams_[i].count = columns.count;
    streams_[i].next = 0;
    if (columns.channel == channel) {
      open_stream(columns, streams_[i], place);
    } else {
      streams_[i].fields.clear();
    }
  }
  read_blocks(blocks.first, blocks.count, stored, {.file = place.file, .offset = blocks.offset}, seed);
  for (const StreamValues& stream : streams_) check_parts(stream, place);
  rows.resize(rows_bytes_);
  char* out = rows.data();
  for (std::uint32_t event = 0; event < events; ++event) {
    StreamValues& stream = stream_of_next(place);
    if (stream.channel == channel) {
      numbers.push_back(event);
      out = write_row(stream, out, place);
    } else {
      ++stream.next;
    }
  }
  RINGBACK_CHECK(out == rows.data() + rows.size(), "rows take the octets that their columns state");
}

ChunkDecoder::StreamValues& ChunkDecoder::stream_of_next(const Place& place) {
  const std::uint64_t index = order_.next();
  if (index >= streams_.size() || streams_[index].next == streams_[index].count) {
    damaged(place, "an order that names each event once", fmt::format("stream {} too often", index));
  }
  return streams_[index];
}

void ChunkDecoder::assemble(const ChunkHeader& header, const Place& place, Bytes& rows) {
  rows.resize(rows_bytes_);
  char* out = rows.data();
  std::uint64_t channel_mask = 0;
  for (const StreamValues& stream : streams_) channel_mask |= std::uint64_t{1} << (stream.channel % 64);
  std::int64_t earliest = INT64_MAX;
  std::int64_t latest = INT64_MIN;
  for (std::uint32_t event = 0; event < header.events; ++event) {
    StreamValues& stream = stream_of_next(place);
    const auto time = static_cast<std::int64_t>(stream.time);
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
  store_little_endian(stream.time, row);
  if (stream.next < stream.count) stream.time = stream.times.next();
  store_little_endian(stream.channel, row + 8);
  store_little_endian(stream.kind, row + 10);
  const std::uint64_t direction = stream.directions.next();
  const std::uint64_t origin = stream.origins.next();
  const std::uint64_t exchange = stream.exchanges.next();
  if (direction > kDirectionMax) damaged(place, "a direction of at most 2", fmt::format("{}", direction));
  if (origin > kOriginMax) damaged(place, "an origin of at most 7", fmt::format("{}", origin));
  if (exchange > UINT32_MAX) damaged(place, "an exchange of at most 4294967295", fmt::format("{}", exchange));
  row[12] = static_cast<char>(direction);
  row[13] = static_cast<char>(origin);
  store_little_endian<std::uint16_t>(0, row + 14);
  store_little_endian(static_cast<std::uint32_t>(exchange), row + 16);
  out += kRowHeadBytes;
  bool whole = false;
  for (FieldValues& field : stream.fields) {
    if (!field.is_everywhere && !has_bit(field.column->presence, event)) continue;
    if (whole) damaged(place, "a body that is either whole or in fields", "both");
    const std::uint8_t tag = field.column->tag;
    if (tag == kWholeBodyTag) {
      whole = true;
      out = write_value(field, out, place);
      continue;
    }
    char* const value = out + kFieldHeadBytes;
    char* const end = write_value(field, value, place);
    *out = static_cast<char>(tag);
    store_little_endian(static_cast<std::uint32_t>(end - value), out + 1);
    out = end;
  }
  const auto body_bytes = static_cast<std::size_t>(out - row) - kRowHeadBytes;
  if (body_bytes > kBodyBytesMax) {
    damaged(place, fmt::format("a body of at most {} octets", kBodyBytesMax), fmt::format("{}", body_bytes));
  }
  store_little_endian(static_cast<std::uint32_t>(body_bytes), row + 20);
  return out;
}

char* ChunkDecoder::write_value(FieldValues& field, char* out, const Place& place) {
  const auto put = [&](std::uint64_t length) {
    out = std::copy_n(field.octets, length, out);
    field.octets += length;
  };
  if (field.column->format == FieldFormat::integers) {
    store_little_endian(field.integers.next(), out);
    return out + 8;
  }
  std::uint64_t left = field.numbers.next();
  if (field.has_cuts) {
    for (std::uint64_t cuts = field.cuts.next(); cuts > 0; --cuts) {
      const std::uint64_t place_of_cut = field.cut_places.next();
      if (place_of_cut > left)
        damaged(place, fmt::format("a cut within {} octets", left), fmt::format("{}", place_of_cut));
      put(place_of_cut);
      left -= place_of_cut;
      const std::uint64_t length = field.cut_lengths.next();
      out = encode_base64(field.cut_octets, length, out);
      field.cut_octets += length;
    }
  }
  put(left);
  return out;
}

}  // namespace ringback::trace
