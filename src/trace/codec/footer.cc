#include "src/trace/codec/footer.h"

#include <algorithm>

#include <trace.capnp.h>

#include "src/trace/codec/segment.h"

namespace ringback::trace {
namespace {

constexpr std::size_t kStructWords = 16;
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kWriterNameBytesMax = 255;

void write(const ChunkEntry& chunk, schema::ChunkEntry::Builder out) {
  out.setOffset(chunk.offset);
  out.setFirstEvent(chunk.first_event);
  out.setEarliest(chunk.earliest.ns());
  out.setLatest(chunk.latest.ns());
  out.setChannelMask(chunk.channel_mask);
  out.setEvents(chunk.events);
  out.setFlags(chunk.flags);
}

ChunkEntry read(schema::ChunkEntry::Reader in) {
  return {.offset = in.getOffset(),
          .first_event = in.getFirstEvent(),
          .earliest = VirtualTime::from_ns(in.getEarliest()),
          .latest = VirtualTime::from_ns(in.getLatest()),
          .channel_mask = in.getChannelMask(),
          .events = in.getEvents(),
          .flags = in.getFlags()};
}

Bytes join(const std::vector<Digest>& leaves) {
  Bytes joined;
  joined.reserve(leaves.size() * kDigestBytes);
  for (const Digest& leaf : leaves) joined.append(leaf.octets.begin(), leaf.octets.end());
  return joined;
}

std::vector<Digest> split(BytesView joined, const Place& place) {
  if (joined.size() % kDigestBytes != 0) damaged(place, "leaves of 32 octets", fmt::format("{} octets", joined.size()));
  std::vector<Digest> leaves(joined.size() / kDigestBytes);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    std::copy_n(joined.begin() + static_cast<std::ptrdiff_t>(i * kDigestBytes), kDigestBytes, leaves[i].octets.begin());
  }
  return leaves;
}

Metadata read_metadata(capnp::List<schema::Fact>::Reader facts, const Place& place) {
  if (facts.size() > kMetadataEntriesMax) {
    damaged(place, fmt::format("at most {} facts", kMetadataEntriesMax), fmt::format("{}", facts.size()));
  }
  Metadata metadata;
  std::size_t octets = 0;
  for (const auto fact : facts) {
    const std::string key(view_of(fact.getKey()));
    const std::string value(view_of(fact.getValue()));
    octets += key.size() + value.size();
    if (octets > kMetadataBytesMax)
      damaged(place, fmt::format("facts of at most {} octets", kMetadataBytesMax), "more");
    if (!metadata.empty() && key <= metadata.rbegin()->first) damaged(place, "facts in order of their keys", key);
    metadata.emplace_hint(metadata.end(), key, value);
  }
  return metadata;
}

}  // namespace

Bytes write_footer_segment(const Footer& footer) {
  const Bytes leaves = join(footer.leaves);
  std::size_t words =
      kStructWords + footer.chunks.size() * kStructWords + footer.channel_events.size() + words_of(leaves);
  for (const auto& [key, value] : footer.metadata) words += kStructWords + words_of(key) + words_of(value);
  for (const Bytes& body : footer.declarations) words += kStructWords + words_of(body);
  return write_segment<schema::Footer>(words, [&](schema::Footer::Builder out) {
    auto chunks = out.initChunks(static_cast<unsigned>(footer.chunks.size()));
    for (unsigned i = 0; i < chunks.size(); ++i) write(footer.chunks[i], chunks[i]);
    auto counts = out.initChannelEvents(static_cast<unsigned>(footer.channel_events.size()));
    for (unsigned i = 0; i < counts.size(); ++i) counts.set(i, footer.channel_events[i]);
    out.setLeaves(data_of(leaves));
    auto facts = out.initMetadata(static_cast<unsigned>(footer.metadata.size()));
    unsigned next = 0;
    for (const auto& [key, value] : footer.metadata) {
      facts[next].setKey(data_of(key));
      facts[next].setValue(data_of(value));
      ++next;
    }
    auto declarations = out.initDeclarations(static_cast<unsigned>(footer.declarations.size()));
    for (unsigned i = 0; i < declarations.size(); ++i) declarations.set(i, data_of(footer.declarations[i]));
  });
}

Footer parse_footer(const std::vector<std::uint64_t>& words, const Place& place) {
  Footer footer;
  read_segment<schema::Footer>(words, place, [&](schema::Footer::Reader in) {
    const auto chunks = in.getChunks();
    const auto counts = in.getChannelEvents();
    if (counts.size() > kChannelsMax + 1) {
      damaged(place, fmt::format("at most {} channels", kChannelsMax), fmt::format("{}", counts.size()));
    }
    footer.chunks.reserve(chunks.size());
    for (const auto chunk : chunks) footer.chunks.push_back(read(chunk));
    footer.channel_events.reserve(counts.size());
    for (const std::uint64_t count : counts) footer.channel_events.push_back(count);
    footer.leaves = split(view_of(in.getLeaves()), place);
    footer.metadata = read_metadata(in.getMetadata(), place);
    const auto declarations = in.getDeclarations();
    if (declarations.size() > kChannelsMax) {
      damaged(place, fmt::format("at most {} declarations", kChannelsMax), fmt::format("{}", declarations.size()));
    }
    for (const auto body : declarations) footer.declarations.emplace_back(view_of(body));
  });
  return footer;
}

Bytes write_header_segment(const std::string& writer) {
  return write_segment<schema::TraceHeader>(kStructWords + words_of(writer) + 1,
                                            [&](schema::TraceHeader::Builder out) { out.setWriter(writer); });
}

std::string parse_header(const std::vector<std::uint64_t>& words, const Place& place) {
  std::string writer;
  read_segment<schema::TraceHeader>(words, place, [&](schema::TraceHeader::Reader in) {
    const auto text = in.getWriter();
    if (text.size() > kWriterNameBytesMax) {
      damaged(place, fmt::format("a writer's name of at most {} octets", kWriterNameBytesMax), "a longer one");
    }
    writer.assign(text.begin(), text.size());
  });
  return writer;
}

}  // namespace ringback::trace
