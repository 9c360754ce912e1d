#include "src/trace/codec/chunk_encoder.h"

#include <algorithm>

#include "src/trace/codec/base64_runs.h"
#include "src/trace/features.h"
#include "src/trace/limits.h"
#include "src/trace/little_endian.h"

namespace ringback::trace {
namespace {

constexpr std::size_t kFieldHeadBytes = 5;
// Smaller blocks go into the spine: a frame of their own would cost more than it saves.
constexpr std::size_t kInlineBytesMax = 512;

// The step of a track that runs evenly from its first time to its last.
std::uint64_t average_step(const std::vector<std::uint64_t>& times) {
  const auto first = static_cast<std::int64_t>(times.front());
  const auto last = static_cast<std::int64_t>(times.back());
  if (times.size() < 2 || last <= first) return 0;
  return (times.back() - times.front()) / (times.size() - 1);
}

Bytes presence_of(const std::vector<std::uint32_t>& holders, std::size_t events) {
  Bytes bits((events + 7) / 8, '\0');
  for (const std::uint32_t holder : holders) {
    bits[holder / 8] = static_cast<char>(static_cast<unsigned char>(bits[holder / 8]) | 1u << (holder % 8));
  }
  return bits;
}

}  // namespace

void ChunkEncoder::encode(BytesView rows, std::uint32_t events, std::uint64_t previous_chunk, std::uint64_t seed,
                          ChunkEntry& place, Bytes& out) {
  rows_ = rows;
  columns_.clear();
  blocks_.clear();
  spine_ = {};
  gather(events, place);
  sort_streams();
  spine_.order = pack_column(order_);
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    spine_.streams.push_back(pack_stream(streams_[i]));
    if (i + 1 == streams_.size() || streams_[i + 1].channel != streams_[i].channel) close_blocks(streams_[i].channel);
  }
  // Hashes carry the seed, so that octets of another trace are never taken for this one's.
  std::size_t stored_at = 0;
  for (Block& block : spine_.blocks) {
    if (block.codec == BlockCodec::inlined) continue;
    block.hash = hash64(BytesView(blocks_).substr(stored_at, block.stored_bytes), seed);
    stored_at += block.stored_bytes;
  }
  const Bytes segment = write_spine(spine_);
  RINGBACK_CHECK(segment.size() <= kSpineBytesMax, "a spine within the limits of a chunk fits, not {}", segment.size());
  Bytes spine;
  compressor_.compress(segment, spine);
  write_chunk_header({.body_bytes = spine.size() + blocks_.size(),
                      .first_event = place.first_event,
                      .earliest = place.earliest.ns(),
                      .latest = place.latest.ns(),
                      .events = place.events,
                      .flags = place.flags,
                      .spine_stored = static_cast<std::uint32_t>(spine.size()),
                      .spine_raw = static_cast<std::uint32_t>(segment.size()),
                      .channel_mask = place.channel_mask,
                      .spine_hash = hash64(spine, seed),
                      .content_hash = hash128(rows),
                      .previous_chunk = previous_chunk},
                     seed, out);
  out.append(spine);
  out.append(blocks_);
  pad(out);
}

void ChunkEncoder::gather(std::uint32_t events, ChunkEntry& place) {
  RINGBACK_CHECK(events > 0 && events <= kChunkEventsMax, "a chunk has 1 to {} events", kChunkEventsMax);
  streams_.clear();
  for (auto& of_channel : streams_of_channel_) of_channel.clear();
  order_.clear();
  fields_ = 0;
  place.events = events;
  place.flags = 0;
  place.channel_mask = 0;
  std::int64_t earliest = INT64_MAX;
  std::int64_t latest = INT64_MIN;
  std::uint32_t at = 0;
  for (std::uint32_t event = 0; event < events; ++event) {
    const char* row = rows_.data() + at;
    const auto time = load_little_endian<std::int64_t>(row);
    const auto channel = load_little_endian<std::uint16_t>(row + 8);
    const auto kind = load_little_endian<std::uint16_t>(row + 10);
    const Span body{.offset = at + static_cast<std::uint32_t>(kRowHeadBytes),
                    .length = load_little_endian<std::uint32_t>(row + 20)};
    const std::uint32_t index = stream_of(channel, kind);
    StreamBuilder& stream = streams_[index];
    order_.push_back(index);
    stream.times.push_back(static_cast<std::uint64_t>(time));
    stream.directions.push_back(static_cast<std::uint8_t>(row[12]));
    stream.origins.push_back(static_cast<std::uint8_t>(row[13]));
    stream.exchanges.push_back(load_little_endian<std::uint32_t>(row + 16));
    add_body(stream, body);
    earliest = std::min(earliest, time);
    latest = std::max(latest, time);
    place.channel_mask |= std::uint64_t{1} << (channel % 64);
    if (kind == static_cast<std::uint16_t>(EventKind::gap)) place.flags |= kFlagHasGap;
    if (kind == static_cast<std::uint16_t>(EventKind::channel_declared) ||
        kind == static_cast<std::uint16_t>(EventKind::recording_facts)) {
      place.flags |= kFlagDeclaresChannels;
    }
    at = body.offset + body.length;
  }
  RINGBACK_CHECK(at == rows_.size(), "{} rows take {} octets, not {}", events, rows_.size(), at);
  place.earliest = VirtualTime::from_ns(earliest);
  place.latest = VirtualTime::from_ns(latest);
}

std::uint32_t ChunkEncoder::stream_of(ChannelId channel, std::uint16_t kind) {
  if (channel >= streams_of_channel_.size()) streams_of_channel_.resize(channel + 1u);
  for (const std::uint32_t index : streams_of_channel_[channel]) {
    if (streams_[index].kind == kind) return index;
  }
  const auto index = static_cast<std::uint32_t>(streams_.size());
  streams_of_channel_[channel].push_back(index);
  streams_.push_back(
      {.channel = channel, .kind = kind, .times = {}, .directions = {}, .origins = {}, .exchanges = {}, .fields = {}});
  return index;
}

void ChunkEncoder::add_body(StreamBuilder& stream, Span body) {
  if (body.length == 0) return;
  const auto event = static_cast<std::uint32_t>(stream.times.size() - 1);
  bool whole = !split_fields(body);
  for (const TaggedSpan& field : split_) {
    if (whole) break;
    whole = field_of(stream, field.tag) == nullptr;
  }
  if (whole) {
    split_.assign(1, {.tag = kWholeBodyTag, .value = body});
  }
  for (const TaggedSpan& field : split_) {
    FieldBuilder* column = field_of(stream, field.tag);
    column->holders.push_back(event);
    column->values.push_back(field.value);
  }
}

// Exact or not at all: true only where writing the fields again gives these very octets.
bool ChunkEncoder::split_fields(Span body) {
  split_.clear();
  std::uint32_t at = body.offset;
  const std::uint32_t end = body.offset + body.length;
  std::uint8_t previous = 0;
  while (at != end) {
    if (end - at < kFieldHeadBytes) return false;
    const auto tag = static_cast<std::uint8_t>(rows_[at]);
    const auto length = load_little_endian<std::uint32_t>(rows_.data() + at + 1);
    at += static_cast<std::uint32_t>(kFieldHeadBytes);
    if (tag <= previous || length == 0 || length > end - at) return false;
    split_.push_back({.tag = tag, .value = {.offset = at, .length = length}});
    previous = tag;
    at += length;
  }
  return true;
}

// Null where the chunk has all the columns it may have; the column of whole bodies is always to be had.
ChunkEncoder::FieldBuilder* ChunkEncoder::field_of(StreamBuilder& stream, std::uint8_t tag) {
  const auto place =
      std::lower_bound(stream.fields.begin(), stream.fields.end(), tag,
                       [](const FieldBuilder& field, std::uint8_t wanted) { return field.tag < wanted; });
  if (place != stream.fields.end() && place->tag == tag) return &*place;
  if (tag != kWholeBodyTag && fields_ == kChunkFieldsMax - kChunkStreamsMax) return nullptr;
  if (tag != kWholeBodyTag) ++fields_;
  return &*stream.fields.insert(place, {.tag = tag, .holders = {}, .values = {}});
}

void ChunkEncoder::sort_streams() {
  std::vector<std::uint32_t> sorted(streams_.size());
  for (std::uint32_t i = 0; i < sorted.size(); ++i) sorted[i] = i;
  std::sort(sorted.begin(), sorted.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(streams_[a].channel, streams_[a].kind) < std::pair(streams_[b].channel, streams_[b].kind);
  });
  std::vector<std::uint64_t> new_index(sorted.size());
  std::vector<StreamBuilder> streams;
  streams.reserve(sorted.size());
  for (const std::uint32_t old_index : sorted) {
    new_index[old_index] = streams.size();
    streams.push_back(std::move(streams_[old_index]));
  }
  streams_ = std::move(streams);
  for (std::uint64_t& index : order_) index = new_index[index];
}

Numbers ChunkEncoder::pack_column(const std::vector<std::uint64_t>& values) {
  return pack(values, columns_.emplace_back());
}

StreamColumns ChunkEncoder::pack_stream(StreamBuilder& stream) {
  StreamColumns columns{.channel = stream.channel,
                        .kind = stream.kind,
                        .count = static_cast<std::uint32_t>(stream.times.size()),
                        .first_time = static_cast<std::int64_t>(stream.times.front()),
                        .time_step = static_cast<std::int64_t>(average_step(stream.times)),
                        .times = {},
                        .directions = pack_column(stream.directions),
                        .origins = pack_column(stream.origins),
                        .exchanges = {},
                        .fields = {}};
  scratch_.clear();
  const auto step = static_cast<std::uint64_t>(columns.time_step);
  for (std::size_t i = 1; i < stream.times.size(); ++i) {
    scratch_.push_back(zigzag(stream.times[i] - stream.times[i - 1] - step));
  }
  columns.times = pack_column(scratch_);
  to_differences(stream.exchanges);
  columns.exchanges = pack_column(stream.exchanges);
  for (const FieldBuilder& field : stream.fields) {
    // Asking for a column that then was not to be had leaves others of that body empty.
    if (field.holders.empty()) continue;
    columns.fields.push_back(pack_field(stream, field));
  }
  return columns;
}

FieldColumn ChunkEncoder::pack_field(const StreamBuilder& stream, const FieldBuilder& field) {
  FieldColumn column{.tag = field.tag};
  const std::size_t events = stream.times.size();
  if (field.holders.size() != events) {
    column.presence = columns_.emplace_back(presence_of(field.holders, events));
  }
  const bool all_integers = field.tag != kWholeBodyTag && std::all_of(field.values.begin(), field.values.end(),
                                                                      [](Span value) { return value.length == 8; });
  if (!all_integers) {
    pack_octets(stream, field, column);
    return column;
  }
  column.format = FieldFormat::integers;
  scratch_.clear();
  for (const Span value : field.values) {
    scratch_.push_back(load_little_endian<std::uint64_t>(rows_.data() + value.offset));
  }
  to_differences(scratch_);
  column.numbers = pack_column(scratch_);
  return column;
}

void ChunkEncoder::pack_octets(const StreamBuilder& stream, const FieldBuilder& field, FieldColumn& column) {
  const TransformChooser::Key key{.channel = stream.channel, .kind = stream.kind, .tag = field.tag};
  if ((features_ & kFeatureBase64) != 0 && cut_base64(field) && chooser_.base64_pays(key, cut_octets_)) {
    ready_[static_cast<std::size_t>(Transform::none)].append(values_);
    column.cuts = pack_column(cuts_);
    column.cut_places = pack_column(cut_places_);
    column.cut_lengths = pack_column(cut_lengths_);
    column.cut_transform = chooser_.choose({.channel = key.channel, .kind = key.kind, .tag = key.tag, .is_cut = true},
                                           cut_octets_, ready_);
  } else {
    values_.clear();
    lengths_.clear();
    for (const Span value : field.values) {
      values_.append(rows_.substr(value.offset, value.length));
      lengths_.push_back(value.length);
    }
    column.transform = chooser_.choose(key, values_, ready_);
  }
  column.numbers = pack_column(lengths_);
}

// True where anything was cut out: then the column at hand is what is left, and the cuts.
bool ChunkEncoder::cut_base64(const FieldBuilder& field) {
  values_.clear();
  lengths_.clear();
  cuts_.clear();
  cut_places_.clear();
  cut_lengths_.clear();
  cut_octets_.clear();
  for (const Span value : field.values) {
    const BytesView text = rows_.substr(value.offset, value.length);
    const std::size_t cuts_before = cut_places_.size();
    const std::size_t values_before = values_.size();
    std::size_t taken = 0;
    for (Base64Run run = find_base64(text, 0); run.length > 0; run = find_base64(text, taken)) {
      values_.append(text.substr(taken, run.offset - taken));
      cut_places_.push_back(run.offset - taken);
      const BytesView characters = text.substr(run.offset, run.length);
      const std::size_t octets = base64_octets(characters);
      const std::size_t start = cut_octets_.size();
      cut_octets_.resize(start + octets + kDecodeSlack);
      decode_base64(characters, cut_octets_.data() + start);
      cut_octets_.resize(start + octets);
      cut_lengths_.push_back(octets);
      taken = run.offset + run.length;
    }
    values_.append(text.substr(taken));
    cuts_.push_back(cut_places_.size() - cuts_before);
    lengths_.push_back(values_.size() - values_before);
  }
  return !cut_lengths_.empty();
}

void ChunkEncoder::close_blocks(ChannelId channel) {
  for (std::size_t transform = 0; transform < kTransforms; ++transform) {
    Bytes& block = ready_[transform];
    if (block.empty()) continue;
    Block stored = store_block(static_cast<Transform>(transform), block);
    stored.channel = channel;
    spine_.blocks.push_back(stored);
    block.clear();
  }
}

Block ChunkEncoder::store_block(Transform transform, const Bytes& block) {
  const auto raw_bytes = static_cast<std::uint32_t>(block.size());
  if (block.size() < kInlineBytesMax) {
    return {.transform = transform,
            .codec = BlockCodec::inlined,
            .raw_bytes = raw_bytes,
            .inlined = columns_.emplace_back(block)};
  }
  const std::size_t start = blocks_.size();
  const std::size_t length = compressor_.compress(block, blocks_);
  if (length < block.size()) {
    return {.transform = transform,
            .codec = BlockCodec::zstd,
            .raw_bytes = raw_bytes,
            .stored_bytes = static_cast<std::uint32_t>(length)};
  }
  blocks_.resize(start);
  blocks_.append(block);
  return {.transform = transform, .codec = BlockCodec::raw, .raw_bytes = raw_bytes, .stored_bytes = raw_bytes};
}

}  // namespace ringback::trace
