// A chunk's spine as values, and as the Cap'n Proto segment that trace.capnp describes.
#pragma once

#include <cstdint>
#include <vector>

#include "src/trace/codec/numbers.h"
#include "src/trace/codec/sound.h"
#include "src/trace/event.h"

namespace ringback::trace {

enum class FieldFormat : std::uint8_t { octets = 0, integers = 1 };
enum class BlockCodec : std::uint8_t { raw = 0, zstd = 1, inlined = 2 };

// Tag of the column that keeps bodies which are no well-formed list of fields.
inline constexpr std::uint8_t kWholeBodyTag = 0;

// The views below point to octets that somebody else keeps: the encoder's columns, or the segment that was parsed.
struct FieldColumn {
  std::uint8_t tag = kWholeBodyTag;
  FieldFormat format = FieldFormat::octets;
  BytesView presence;  // empty: every event of the stream
  Numbers numbers;
  Transform transform = Transform::none;
  // Stretches of base64 that were cut out: how many of each value, and for each where and how long.
  Numbers cuts;
  Numbers cut_places;
  Numbers cut_lengths;
  Transform cut_transform = Transform::none;

  bool has_cuts() const { return cuts.base != 0 || cuts.width != 0; }
};

struct StreamColumns {
  ChannelId channel = kControlChannel;
  std::uint16_t kind = 0;
  std::uint32_t count = 0;
  std::int64_t first_time = 0;
  std::int64_t time_step = 0;
  Numbers times;
  Numbers directions;
  Numbers origins;
  Numbers exchanges;
  std::vector<FieldColumn> fields;
};

struct Block {
  ChannelId channel = kControlChannel;
  Transform transform = Transform::none;
  BlockCodec codec = BlockCodec::raw;
  std::uint32_t raw_bytes = 0;
  std::uint32_t stored_bytes = 0;
  std::uint64_t hash = 0;
  BytesView inlined;
};

struct Spine {
  Numbers order;
  std::vector<StreamColumns> streams;
  std::vector<Block> blocks;
};

// The segment's octets, a multiple of 8.
Bytes write_spine(const Spine& spine);
// `words` is the segment; the result's views point into it. Throws DamageError where it is no spine or has more streams
// or fields than limits.h allows; that lengths agree with each other is the chunk decoder's business.
Spine parse_spine(const std::vector<std::uint64_t>& words, const Place& place);

}  // namespace ringback::trace
