#include "src/trace/codec/spine.h"

#include <trace.capnp.h>

#include "src/trace/codec/segment.h"
#include "src/trace/limits.h"

namespace ringback::trace {
namespace {

// More than any struct of the schema takes, lists' tag words included.
constexpr std::size_t kStructWords = 16;

std::size_t words_of(const Numbers& numbers) { return kStructWords + ringback::trace::words_of(numbers.planes); }

std::size_t words_of(const Spine& spine) {
  std::size_t words = kStructWords + words_of(spine.order);
  for (const StreamColumns& stream : spine.streams) {
    words += kStructWords + words_of(stream.times) + words_of(stream.directions) + words_of(stream.origins) +
             words_of(stream.exchanges);
    for (const FieldColumn& field : stream.fields) {
      words += kStructWords + ringback::trace::words_of(field.presence) + words_of(field.numbers);
      if (field.has_cuts()) words += words_of(field.cuts) + words_of(field.cut_places) + words_of(field.cut_lengths);
    }
  }
  for (const Block& block : spine.blocks) words += kStructWords + ringback::trace::words_of(block.inlined);
  return words;
}

void write(const Numbers& numbers, schema::Numbers::Builder out) {
  out.setBase(numbers.base);
  out.setWidth(numbers.width);
  if (!numbers.planes.empty()) out.setPlanes(data_of(numbers.planes));
}

Numbers read(schema::Numbers::Reader in) {
  return {.base = in.getBase(), .width = in.getWidth(), .planes = view_of(in.getPlanes())};
}

void write(const FieldColumn& field, schema::Field::Builder out) {
  out.setTag(field.tag);
  out.setForm(static_cast<schema::Field::Form>(field.format));
  if (!field.presence.empty()) out.setPresence(data_of(field.presence));
  write(field.numbers, out.initNumbers());
  out.setTransform(static_cast<schema::Transform>(field.transform));
  if (!field.has_cuts()) return;
  write(field.cuts, out.initCuts());
  write(field.cut_places, out.initCutPlaces());
  write(field.cut_lengths, out.initCutLengths());
  out.setCutTransform(static_cast<schema::Transform>(field.cut_transform));
}

Transform read(schema::Transform in, const Place& place) {
  const auto transform = static_cast<std::uint16_t>(in);
  if (transform >= kTransforms) damaged(place, "a transform of 0 to 3", fmt::format("{}", transform));
  return static_cast<Transform>(transform);
}

FieldColumn read(schema::Field::Reader in, const Place& place) {
  const auto form = static_cast<std::uint16_t>(in.getForm());
  if (form > static_cast<std::uint16_t>(FieldFormat::integers)) {
    damaged(place, "a field form of 0 or 1", fmt::format("{}", form));
  }
  return {.tag = in.getTag(),
          .format = static_cast<FieldFormat>(form),
          .presence = view_of(in.getPresence()),
          .numbers = read(in.getNumbers()),
          .transform = read(in.getTransform(), place),
          .cuts = read(in.getCuts()),
          .cut_places = read(in.getCutPlaces()),
          .cut_lengths = read(in.getCutLengths()),
          .cut_transform = read(in.getCutTransform(), place)};
}

void write(const StreamColumns& stream, schema::Stream::Builder out) {
  out.setChannel(stream.channel);
  out.setKind(stream.kind);
  out.setCount(stream.count);
  out.setFirstTime(stream.first_time);
  out.setTimeStep(stream.time_step);
  write(stream.times, out.initTimes());
  write(stream.directions, out.initDirections());
  write(stream.origins, out.initOrigins());
  write(stream.exchanges, out.initExchanges());
  auto fields = out.initFields(static_cast<unsigned>(stream.fields.size()));
  for (unsigned i = 0; i < fields.size(); ++i) write(stream.fields[i], fields[i]);
}

StreamColumns read(schema::Stream::Reader in, std::size_t& fields_left, const Place& place) {
  StreamColumns stream{.channel = in.getChannel(),
                       .kind = in.getKind(),
                       .count = in.getCount(),
                       .first_time = in.getFirstTime(),
                       .time_step = in.getTimeStep(),
                       .times = read(in.getTimes()),
                       .directions = read(in.getDirections()),
                       .origins = read(in.getOrigins()),
                       .exchanges = read(in.getExchanges()),
                       .fields = {}};
  const auto fields = in.getFields();
  if (fields.size() > fields_left) {
    damaged(place, fmt::format("at most {} field columns in a chunk", kChunkFieldsMax), "more");
  }
  fields_left -= fields.size();
  stream.fields.reserve(fields.size());
  for (const auto field : fields) stream.fields.push_back(read(field, place));
  return stream;
}

void write(const Block& block, schema::Block::Builder out) {
  out.setChannel(block.channel);
  out.setTransform(static_cast<schema::Transform>(block.transform));
  out.setCodec(static_cast<schema::Block::Codec>(block.codec));
  out.setRawLength(block.raw_bytes);
  out.setStoredLength(block.stored_bytes);
  out.setHash(block.hash);
  if (!block.inlined.empty()) out.setInlined(data_of(block.inlined));
}

Block read(schema::Block::Reader in, const Place& place) {
  const auto codec = static_cast<std::uint16_t>(in.getCodec());
  if (codec > static_cast<std::uint16_t>(BlockCodec::inlined)) {
    damaged(place, "a block codec of 0, 1 or 2", fmt::format("{}", codec));
  }
  return {.channel = in.getChannel(),
          .transform = read(in.getTransform(), place),
          .codec = static_cast<BlockCodec>(codec),
          .raw_bytes = in.getRawLength(),
          .stored_bytes = in.getStoredLength(),
          .hash = in.getHash(),
          .inlined = view_of(in.getInlined())};
}

}  // namespace

Bytes write_spine(const Spine& spine) {
  return write_segment<schema::Spine>(words_of(spine), [&](schema::Spine::Builder out) {
    write(spine.order, out.initOrder());
    auto streams = out.initStreams(static_cast<unsigned>(spine.streams.size()));
    for (unsigned i = 0; i < streams.size(); ++i) write(spine.streams[i], streams[i]);
    auto blocks = out.initBlocks(static_cast<unsigned>(spine.blocks.size()));
    for (unsigned i = 0; i < blocks.size(); ++i) write(spine.blocks[i], blocks[i]);
  });
}

Spine parse_spine(const std::vector<std::uint64_t>& words, const Place& place) {
  Spine spine;
  read_segment<schema::Spine>(words, place, [&](schema::Spine::Reader in) {
    spine.order = read(in.getOrder());
    const auto streams = in.getStreams();
    const auto blocks = in.getBlocks();
    if (streams.size() > kChunkStreamsMax || blocks.size() > kTransforms * streams.size()) {
      damaged(place,
              fmt::format("at most {} streams, and no more than {} blocks for each", kChunkStreamsMax, kTransforms),
              fmt::format("{} streams, {} blocks", streams.size(), blocks.size()));
    }
    std::size_t fields_left = kChunkFieldsMax;
    spine.streams.reserve(streams.size());
    for (const auto stream : streams) spine.streams.push_back(read(stream, fields_left, place));
    spine.blocks.reserve(blocks.size());
    for (const auto block : blocks) spine.blocks.push_back(read(block, place));
  });
  return spine;
}

}  // namespace ringback::trace
