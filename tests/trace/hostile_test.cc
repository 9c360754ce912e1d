// Files that somebody made on purpose: every hash right, and the content beyond the limits or at odds with itself.
#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "src/trace/codec/chunk_decoder.h"
#include "src/trace/codec/compression.h"
#include "src/trace/codec/footer.h"
#include "src/trace/codec/layout.h"
#include "src/trace/codec/numbers.h"
#include "src/trace/codec/spine.h"
#include "src/trace/limits.h"
#include "src/trace/little_endian.h"
#include "tests/trace/sample_traces.h"

namespace ringback::trace {
namespace {

const std::string kFile = "hostile.rbt";
const Place kStart{.file = kFile, .offset = 0};

std::vector<std::uint64_t> words_of(const Bytes& segment) {
  std::vector<std::uint64_t> words(segment.size() / 8);
  std::memcpy(words.data(), segment.data(), segment.size());
  return words;
}

// A spine of two events of one stream, "ab" and "c", as a writer would make it; tests spoil one thing.
struct SmallChunk {
  Bytes lengths = Bytes("\x01\0", 2);
  ChunkHeader header{.events = 2, .channel_mask = 2};
  Spine spine;

  SmallChunk() {
    spine.streams.push_back({.channel = 1, .kind = 96, .count = 2});
    spine.streams[0].fields.push_back({.tag = 1, .numbers = {.base = 1, .width = 1, .planes = lengths}});
    spine.blocks.push_back({.channel = 1, .codec = BlockCodec::inlined, .raw_bytes = 3, .inlined = "abc"});
    Bytes rows;
    Event event{.channel = 1, .kind = EventKind::octets};
    for (const char* value : {"ab", "c"}) {
      event.body.clear();
      append_bytes_field(1, value, event.body);
      append_row(event, rows);
    }
    header.content_hash = hash128(rows);
  }
};

// Stores the chunk with right hashes and decodes it.
void decode(SmallChunk chunk, BytesView stored_blocks = {}) {
  const Bytes segment = write_spine(chunk.spine);
  Compressor compressor;
  Bytes body;
  compressor.compress(segment, body);
  chunk.header.spine_stored = static_cast<std::uint32_t>(body.size());
  chunk.header.spine_raw = static_cast<std::uint32_t>(segment.size());
  chunk.header.spine_hash = hash64(body);
  body.append(stored_blocks);
  chunk.header.body_bytes = body.size();
  ChunkDecoder decoder;
  Bytes rows;
  decoder.decode(chunk.header, body, kStart, 0, rows);
}

void refuse(const SmallChunk& chunk, const std::string& expected) {
  CHECK_THROWS_WITH(decode(chunk), Catch::Contains(expected));
  CHECK_THROWS_AS(decode(chunk), DamageError);
}

TEST_CASE("the chunk that the other tests spoil is sound") { CHECK_NOTHROW(decode(SmallChunk())); }

TEST_CASE("a stream of no events, or of more than the chunk's, is refused") {
  SmallChunk none;
  none.spine.streams[0].count = 0;
  refuse(none, "streams with 2 events");
  SmallChunk many;
  many.spine.streams[0].count = 0xffffffff;
  refuse(many, "streams with 2 events");
}

TEST_CASE("an order that names a stream too often, or one that is not there, is refused") {
  SmallChunk chunk;
  chunk.spine.order.base = 1;
  refuse(chunk, "order");
  SmallChunk twice;
  twice.header.events = 3;
  twice.spine.streams.push_back({.channel = 1, .kind = 97, .count = 1});
  refuse(twice, "order");
}

TEST_CASE("streams, fields and blocks in another order, or twice, are refused") {
  SmallChunk streams;
  streams.header.events = 4;
  streams.spine.streams.push_back(streams.spine.streams[0]);
  refuse(streams, "order of channel and kind");
  SmallChunk fields;
  fields.spine.streams[0].fields.push_back(fields.spine.streams[0].fields[0]);
  refuse(fields, "order of their tags");
  SmallChunk blocks;
  blocks.header.events = 3;
  blocks.spine.streams.push_back({.channel = 2, .kind = 96, .count = 1});
  blocks.spine.blocks.push_back(blocks.spine.blocks[0]);
  refuse(blocks, "blocks in order");
}

TEST_CASE("columns with fewer or more numbers than events are refused") {
  SmallChunk chunk;
  chunk.lengths = Bytes("\x01\0\0", 3);
  chunk.spine.streams[0].fields[0].numbers.planes = chunk.lengths;
  refuse(chunk, "a column of 2 numbers");
  SmallChunk wide;
  wide.spine.streams[0].directions.width = 9;
  refuse(wide, "a column of 2 numbers");
}

TEST_CASE("values that are longer than their block, empty, or leave some of it over are refused") {
  SmallChunk longer;
  longer.spine.streams[0].fields[0].numbers = {.base = 4};
  refuse(longer, "values of 8 octets");
  SmallChunk endless;
  endless.spine.streams[0].fields[0].numbers = {.base = UINT64_MAX};
  refuse(endless, "a value of 1 to 33554432 octets");
  SmallChunk empty;
  empty.spine.streams[0].fields[0].numbers = {.base = 0};
  refuse(empty, "a value of 1 to 33554432 octets");
  SmallChunk over;
  over.spine.streams[0].fields[0].numbers = {.base = 1};
  refuse(over, "left over");
}

// One event of 128 characters, all of which were cut out; tests spoil one thing.
struct CutChunk : SmallChunk {
  CutChunk() {
    header = {.events = 1, .channel_mask = 2};
    spine = {};
    spine.streams.push_back({.channel = 1, .kind = 96, .count = 1});
    spine.streams[0].fields.push_back(
        {.tag = 1, .cuts = {.base = 1}, .cut_places = {.base = 0}, .cut_lengths = {.base = 96}});
    spine.blocks.push_back({.channel = 1, .codec = BlockCodec::inlined, .raw_bytes = 96, .inlined = kOctets});
    Event event{.channel = 1, .kind = EventKind::octets};
    append_bytes_field(1, Bytes(128, 'A'), event.body);
    Bytes rows;
    append_row(event, rows);
    header.content_hash = hash128(rows);
  }
  FieldColumn& field() { return spine.streams[0].fields[0]; }
  static constexpr BytesView kOctets{
      "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
      "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
      "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
      96};
};

TEST_CASE("cuts that are too many, too short, too long or not in their value are refused") {
  CHECK_NOTHROW(decode(CutChunk()));
  CutChunk many;
  many.field().cuts = {.base = kChunkCutsMax + 1};
  refuse(many, "at most 262144 cuts");
  CutChunk endless;
  endless.field().cuts = {.base = UINT64_MAX};
  refuse(endless, "at most 262144 cuts");
  CutChunk brief;
  brief.field().cut_lengths = {.base = 93};
  refuse(brief, "a cut of 94");
  CutChunk huge;
  huge.field().cut_lengths = {.base = UINT64_MAX};
  refuse(huge, "a cut of 94");
  CutChunk greater;
  greater.field().cut_lengths = {.base = 25u << 20};
  refuse(greater, "rows of at most 33554432");
  CutChunk elsewhere;
  elsewhere.field().cut_places = {.base = 1};
  refuse(elsewhere, "a cut within 0 octets");
  CutChunk other_block;
  other_block.field().cut_transform = Transform::samples16;
  refuse(other_block, "a block that its channel uses whole");
  CutChunk unknown;
  unknown.field().cut_transform = static_cast<Transform>(4);
  refuse(unknown, "a transform of 0 to 3");
  CutChunk no_block;
  no_block.spine.blocks.clear();
  refuse(no_block, "a block with the values of channel 1");
  CutChunk twice;
  twice.spine.blocks.push_back(twice.spine.blocks[0]);
  refuse(twice, "blocks in order of channel and transform");
}

TEST_CASE("packed samples that end early, have an order that is none, or unfold beyond their column are refused") {
  CutChunk chunk;
  chunk.field().cut_transform = Transform::samples16;
  chunk.spine.blocks[0] = {.channel = 1, .transform = Transform::samples16, .codec = BlockCodec::inlined};
  const auto with_block = [&](const Bytes& packed) {
    chunk.spine.blocks[0].inlined = packed;
    chunk.spine.blocks[0].raw_bytes = static_cast<std::uint32_t>(packed.size());
    return chunk;
  };
  const Bytes silence(9, '\0');
  CHECK_NOTHROW(decode(with_block(silence)));
  refuse(with_block(silence.substr(1)), "packed samples");
  const Bytes other_order = Bytes("\4", 1) + silence.substr(1);
  refuse(with_block(other_order), "a predictor of order 0 to 3");
  const Bytes wide = Bytes("\0\x0f", 2) + silence.substr(2);
  refuse(with_block(wide), "41 octets of packed samples");
  const Bytes doubled = silence + silence;
  refuse(with_block(doubled), "left over");
}

TEST_CASE("presence bits that are too few or say more than there are events are refused") {
  SmallChunk few;
  few.spine.streams[0].fields[0].presence = "ab";
  refuse(few, "a bit for each");
  SmallChunk beyond;
  beyond.spine.streams[0].fields[0].presence = "\x07";
  refuse(beyond, "unused bits");
}

TEST_CASE("a body that is both whole and in fields is refused") {
  SmallChunk chunk;
  auto& fields = chunk.spine.streams[0].fields;
  fields.insert(fields.begin(), {.tag = kWholeBodyTag, .presence = "\x01", .numbers = {.base = 1}});
  chunk.spine.blocks[0].inlined = "wabc";
  chunk.spine.blocks[0].raw_bytes = 4;
  refuse(chunk, "both");
}

TEST_CASE("a direction, origin or exchange that is none is refused") {
  SmallChunk direction;
  direction.spine.streams[0].directions.base = 3;
  refuse(direction, "a direction");
  SmallChunk origin;
  origin.spine.streams[0].origins.base = 8;
  refuse(origin, "an origin");
  SmallChunk exchange;
  exchange.spine.streams[0].exchanges.base = zigzag(0x80000000);
  refuse(exchange, "an exchange");
}

TEST_CASE("times or rows that are not those of the header are refused") {
  SmallChunk times;
  times.header.latest = 1;
  refuse(times, "the times and channels");
  SmallChunk channels;
  channels.header.channel_mask = 3;
  refuse(channels, "the times and channels");
  SmallChunk rows;
  rows.header.content_hash.low ^= 1;
  refuse(rows, "rows with hash");
}

TEST_CASE("blocks that unfold to other lengths than stated, or beyond the limit, are refused") {
  SmallChunk inlined;
  inlined.spine.blocks[0].raw_bytes = 4;
  refuse(inlined, "a block of 4 octets");
  SmallChunk huge;
  huge.spine.blocks[0].raw_bytes = 0xffffffff;
  refuse(huge, "blocks of at most 33554432");
  SmallChunk beyond;
  beyond.spine.blocks[0] = {.channel = 1, .codec = BlockCodec::raw, .raw_bytes = 3, .stored_bytes = 3};
  refuse(beyond, "a block of at most 0 octets");
  SmallChunk other_hash = beyond;
  CHECK_THROWS_WITH(decode(other_hash, "abc"), Catch::Contains("a block with hash"));
  other_hash.spine.blocks[0].hash = hash64("abc");
  CHECK_NOTHROW(decode(other_hash, "abc"));
  CHECK_THROWS_WITH(decode(other_hash, "abcd"), Catch::Contains("the chunk's end"));
}

TEST_CASE("rows beyond the limit are refused before memory is taken for them") {
  SmallChunk chunk;
  chunk.header.events = kChunkEventsMax;
  chunk.spine.streams[0].count = kChunkEventsMax;
  chunk.spine.streams[0].fields.clear();
  for (int tag = 1; tag <= 40; ++tag) {
    chunk.spine.streams[0].fields.push_back({.tag = static_cast<std::uint8_t>(tag), .format = FieldFormat::integers});
  }
  refuse(chunk, "rows of at most 33554432");
}

TEST_CASE("a spine of more streams, fields or an unknown form or codec is refused") {
  Spine streams;
  streams.streams.resize(kChunkStreamsMax + 1);
  CHECK_THROWS_WITH(parse_spine(words_of(write_spine(streams)), kStart), Catch::Contains("4096 streams"));
  Spine fields;
  fields.streams.resize(2);
  fields.streams[0].fields.resize(kChunkFieldsMax);
  CHECK_NOTHROW(parse_spine(words_of(write_spine(fields)), kStart));
  fields.streams[1].fields.resize(1);
  CHECK_THROWS_WITH(parse_spine(words_of(write_spine(fields)), kStart), Catch::Contains("16384 field columns"));
  SmallChunk form;
  form.spine.streams[0].fields[0].format = static_cast<FieldFormat>(2);
  refuse(form, "a field form");
  SmallChunk codec;
  codec.spine.blocks[0].codec = static_cast<BlockCodec>(3);
  refuse(codec, "a block codec");
}

TEST_CASE("a segment that is no Cap'n Proto, or reads the same octets again and again, is refused") {
  CHECK_THROWS_AS(parse_spine(std::vector<std::uint64_t>(4, UINT64_MAX), kStart), DamageError);
  CHECK_THROWS_AS(parse_spine({}, kStart), DamageError);
  const std::vector<std::uint64_t> words = words_of(write_spine(SmallChunk().spine));
  // Whatever word is overwritten, the answer is a spine or DamageError.
  for (std::size_t word = 0; word < words.size(); ++word) {
    for (const std::uint64_t value : {std::uint64_t{0}, UINT64_MAX, std::uint64_t{0x0000000100000001}, words[0]}) {
      std::vector<std::uint64_t> broken = words;
      broken[word] = value;
      try {
        parse_spine(broken, kStart);
      } catch (const DamageError&) {
        continue;
      }
    }
  }
}

TEST_CASE("a chunk header beyond the limits is refused") {
  const auto refuse_header = [](const ChunkHeader& header, const std::string& expected) {
    Bytes octets;
    write_chunk_header(header, 5, octets);
    CHECK_THROWS_WITH(read_chunk_header(octets, kStart, 5, 1000), Catch::Contains(expected));
  };
  refuse_header({.body_bytes = 8}, "events in a chunk");
  refuse_header({.body_bytes = 8, .events = kChunkEventsMax + 1}, "events in a chunk");
  refuse_header({.body_bytes = 1000, .events = 1}, "a chunk body of at most 888");
  refuse_header({.body_bytes = UINT64_MAX, .events = 1}, "a chunk body of at most 888");
  refuse_header({.body_bytes = 8, .events = 1, .spine_stored = 9}, "a spine of at most");
  refuse_header({.body_bytes = 8, .events = 1, .spine_stored = 8, .spine_raw = kSpineBytesMax + 8},
                "a spine of at most");
}

TEST_CASE("a file header that is too long, or of a version or feature that is not known, is refused") {
  const Bytes header = write_file_header({.body_raw = 8}, "stored body");
  CHECK(read_file_header(header, kStart).body_stored == 11);
  Bytes longer = header;
  store_little_endian<std::uint32_t>(kHeaderBytesMax + 8, longer.data() + 12);
  CHECK_THROWS_WITH(file_header_length(longer, kStart, UINT64_MAX), Catch::Contains("a file header of 64 to 1048576"));
  CHECK_THROWS_AS(file_header_length(header, kStart, header.size() - 1), DamageError);
  const Bytes newer = write_file_header({.required_features = 1u << 5 | 1u << 9, .body_raw = 8}, "stored body");
  CHECK_THROWS_WITH(read_file_header(newer, kStart), Catch::Contains("feature bit 5, 9"));
  const Bytes optional = write_file_header({.optional_features = ~std::uint64_t{0}, .body_raw = 8}, "stored body");
  CHECK_NOTHROW(read_file_header(optional, kStart));
}

TEST_CASE("a footer that unfolds to far more than its file is refused") {
  const Bytes footer = write_footer(kFooterBaseBytes + 16 * kFooterBytesAChunk, "body", 5);
  CHECK_THROWS_WITH(read_footer(footer, kStart, 5, 1000), Catch::Contains("a footer that unfolds to at most"));
  CHECK_NOTHROW(read_footer(footer, kStart, 5, 1u << 20));
}

TEST_CASE("a footer with too many facts or channels, or facts out of order, is refused") {
  Footer channels;
  channels.channel_events.resize(kChannelsMax + 2);
  CHECK_THROWS_WITH(parse_footer(words_of(write_footer_segment(channels)), kStart), Catch::Contains("4096 channels"));
  Footer facts;
  for (std::size_t i = 0; i <= kMetadataEntriesMax; ++i) facts.metadata[std::to_string(i)] = "";
  CHECK_THROWS_WITH(parse_footer(words_of(write_footer_segment(facts)), kStart), Catch::Contains("1024 facts"));
  Footer large;
  large.metadata["k"] = Bytes(kMetadataBytesMax, 'v');
  CHECK_THROWS_WITH(parse_footer(words_of(write_footer_segment(large)), kStart), Catch::Contains("1048576 octets"));
}

TEST_CASE("a frame of another length, with more behind it, or of no stated size is refused") {
  Compressor compressor;
  Decompressor decompressor;
  Bytes frame;
  compressor.compress(Bytes(1000, 'a'), frame);
  Bytes out(2000, '\0');
  CHECK_NOTHROW(decompressor.decompress(frame, out.data(), 1000, kStart));
  CHECK_THROWS_AS(decompressor.decompress(frame, out.data(), 999, kStart), DamageError);
  CHECK_THROWS_AS(decompressor.decompress(frame + "x", out.data(), 1000, kStart), DamageError);
  CHECK_THROWS_AS(decompressor.decompress(frame + frame, out.data(), 2000, kStart), DamageError);
  CHECK_THROWS_AS(decompressor.decompress(BytesView(frame).substr(0, frame.size() - 1), out.data(), 1000, kStart),
                  DamageError);
  CHECK_THROWS_AS(decompressor.decompress("", out.data(), 0, kStart), DamageError);
}

TEST_CASE("any numbers come back out of their planes") {
  const bool held = rc::check("numbers", [](std::vector<std::uint64_t> values) {
    const std::vector<std::uint64_t> before = values;
    std::vector<std::uint64_t> after;
    Bytes planes;
    to_differences(values);
    RunningColumn column(Column(pack(values, planes), values.size(), kStart));
    for (std::size_t i = 0; i < values.size(); ++i) after.push_back(column.next());
    RC_ASSERT(after == before);
  });
  CHECK(held);
}

}  // namespace
}  // namespace ringback::trace
