#include "src/trace/writer.h"

#include <algorithm>
#include <vector>

#include "src/trace/codec/chunk_encoder.h"
#include "src/trace/codec/footer.h"
#include "src/trace/codec/layout.h"
#include "src/trace/codec/trace_file.h"
#include "src/trace/content_root.h"
#include "src/trace/limits.h"
#include "src/trace/rows.h"

namespace ringback::trace {
namespace {

constexpr const char* kWriterName = "ringback " RINGBACK_VERSION;

void check_options(const WriterOptions& options) {
  RINGBACK_CHECK(options.chunk_bytes >= 1 && options.chunk_bytes <= kBodyBytesMax,
                 "a chunk has at most {} octets of bodies", kBodyBytesMax);
  RINGBACK_CHECK(options.chunk_events >= 1 && options.chunk_events <= kChunkEventsMax, "a chunk has at most {} events",
                 kChunkEventsMax);
  RINGBACK_CHECK((options.features & ~kKnownFeatures) == 0, "a writer uses what it knows, not {:x}", options.features);
}

void check_metadata(const Metadata& metadata) {
  if (metadata.size() > kMetadataEntriesMax)
    fail("expected at most {} metadata keys, found {}", kMetadataEntriesMax, metadata.size());
  std::size_t octets = 0;
  for (const auto& [key, value] : metadata) octets += key.size() + value.size();
  if (octets > kMetadataBytesMax) fail("expected at most {} octets of metadata, found {}", kMetadataBytesMax, octets);
}

// Which (channel, kind) pairs a chunk has so far.
class StreamSet {
 public:
  bool contains(ChannelId channel, EventKind kind) const {
    if (channel >= kinds_.size()) return false;
    const auto& kinds = kinds_[channel];
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  }
  void insert(ChannelId channel, EventKind kind) {
    if (channel >= kinds_.size()) kinds_.resize(channel + 1u);
    kinds_[channel].push_back(kind);
    ++size_;
  }
  std::size_t size() const { return size_; }
  void clear() {
    for (auto& kinds : kinds_) kinds.clear();
    size_ = 0;
  }

 private:
  std::vector<std::vector<EventKind>> kinds_;
  std::size_t size_ = 0;
};

}  // namespace

class Writer::State {
 public:
  State(ByteSink& sink, WriterOptions options) : sink_(sink), options_(options), encoder_(options.features) {
    check_options(options);
  }
  State(ByteSource& finished, ByteSink& sink, WriterOptions options);

  void append(const Event& event);
  Digest finish(const Metadata& metadata);
  void seal();
  std::uint64_t events() const { return root_.events() + chunk_events_; }
  const ChannelTable& channels() const { return channels_; }
  const Metadata& metadata() const { return footer_.metadata; }
  const Hash128& trace_id() const { return trace_id_; }

 private:
  void resume(TraceFile& file, const ChunkEntry& chunk, std::uint64_t hashed, ContentRoot& proof);
  void write_header();
  void write(BytesView octets);

  ByteSink& sink_;
  WriterOptions options_;
  std::uint64_t offset_ = 0;
  bool finished_ = false;
  Hash128 trace_id_;
  ChannelTable channels_;
  ContentRoot root_;
  Footer footer_;
  // The chunk at hand.
  Bytes rows_;
  std::size_t body_bytes_ = 0;
  std::uint32_t chunk_events_ = 0;
  StreamSet streams_;
  ChunkEncoder encoder_;
  Bytes encoded_;
};

Writer::State::State(ByteSource& finished, ByteSink& sink, WriterOptions options) : State(sink, options) {
  TraceFile file(finished);
  const Trailer trailer = file.trailer();
  footer_ = file.footer(trailer);
  trace_id_ = file.trace_id();
  options_.features = file.features();
  encoder_ = ChunkEncoder(options_.features);
  offset_ = file.size();
  // Whole windows of the content root are in the footer; the last one is hashed again.
  const std::uint64_t hashed = trailer.events / kLeafEvents * kLeafEvents;
  if (footer_.leaves.size() != (trailer.events + kLeafEvents - 1) / kLeafEvents) {
    damaged({.file = file.name(), .offset = trailer.footer_offset},
            fmt::format("the leaves of {} events", trailer.events), fmt::format("{}", footer_.leaves.size()));
  }
  footer_.leaves.resize(hashed / kLeafEvents);
  root_ = ContentRoot(hashed, footer_.leaves);
  ContentRoot proof(hashed, std::move(footer_.leaves));
  for (const ChunkEntry& chunk : footer_.chunks) {
    if ((chunk.flags & kFlagDeclaresChannels) != 0 || chunk.first_event + chunk.events > hashed) {
      resume(file, chunk, hashed, proof);
    }
  }
  if (root_.events() != trailer.events || proof.finish() != trailer.content_root) {
    damaged({.file = file.name(), .offset = trailer.footer_offset},
            fmt::format("{} events with digest {}", trailer.events, to_hex(trailer.content_root)), "others");
  }
}

// Takes from a chunk what the events after it depend on.
void Writer::State::resume(TraceFile& file, const ChunkEntry& chunk, std::uint64_t hashed, ContentRoot& proof) {
  file.chunk_rows(chunk.offset, file.chunk_header(chunk.offset, file.trailer_offset()), rows_);
  Event event;
  std::uint64_t number = chunk.first_event;
  for (BytesView rest = rows_; !rest.empty(); ++number) {
    const BytesView row = first_row(rest);
    rest.remove_prefix(row.size());
    if (number >= hashed) {
      root_.add_row(row);
      proof.add_row(row);
    }
    read_row(row, event);
    channels_.observe(event);
  }
  rows_.clear();
}

void Writer::State::append(const Event& event) {
  RINGBACK_CHECK(!finished_, "a finished trace takes no more events");
  check_event(event, events());
  channels_.observe(event);
  const bool is_new_stream = !streams_.contains(event.channel, event.kind);
  if (chunk_events_ > 0 &&
      (chunk_events_ == options_.chunk_events || body_bytes_ + event.body.size() > options_.chunk_bytes ||
       (is_new_stream && streams_.size() == kChunkStreamsMax))) {
    seal();
  }
  if (chunk_events_ == 0 || is_new_stream) streams_.insert(event.channel, event.kind);
  append_row(event, rows_);
  body_bytes_ += event.body.size();
  ++chunk_events_;
  if (event.channel >= footer_.channel_events.size()) footer_.channel_events.resize(event.channel + 1u);
  ++footer_.channel_events[event.channel];
  if (event.kind == EventKind::channel_declared) footer_.declarations.push_back(declaration_to_repeat(event.body));
}

// Waits for the first chunk, because that makes the trace id.
void Writer::State::write_header() {
  trace_id_ = hash128(rows_);
  const Bytes segment = write_header_segment(kWriterName);
  Compressor compressor(effort_of(options_.features));
  Bytes body;
  compressor.compress(segment, body);
  write(write_file_header({.required_features = options_.features,
                           .trace_id = trace_id_,
                           .body_raw = static_cast<std::uint32_t>(segment.size())},
                          body));
}

void Writer::State::seal() {
  if (chunk_events_ == 0) return;
  if (offset_ == 0) write_header();
  ChunkEntry entry{.offset = offset_, .first_event = root_.events()};
  const std::uint64_t previous = footer_.chunks.empty() ? 0 : footer_.chunks.back().offset;
  root_.add_rows(rows_, chunk_events_);
  encoded_.clear();
  encoder_.encode(rows_, chunk_events_, previous, trace_id_.low, entry, encoded_);
  write(encoded_);
  footer_.chunks.push_back(entry);
  rows_.clear();
  body_bytes_ = 0;
  chunk_events_ = 0;
  streams_.clear();
}

Digest Writer::State::finish(const Metadata& metadata) {
  RINGBACK_CHECK(!finished_, "a trace is finished once");
  check_metadata(metadata);
  finished_ = true;
  seal();
  if (offset_ == 0) write_header();
  Trailer trailer{.footer_offset = offset_, .events = events(), .chunks = footer_.chunks.size(), .trace_id = trace_id_};
  trailer.content_root = root_.finish();
  footer_.leaves = root_.leaves();
  footer_.metadata = metadata;
  const Bytes segment = write_footer_segment(footer_);
  if (segment.size() > kFooterBytesMax) fail("{}: the trace has more chunks than an index can hold", sink_.name());
  Compressor compressor(effort_of(options_.features));
  Bytes body;
  compressor.compress(segment, body);
  write(write_footer(static_cast<std::uint32_t>(segment.size()), body, trace_id_.low));
  trailer.footer_bytes = offset_ - trailer.footer_offset;
  write(write_trailer(trailer));
  sink_.flush();
  return trailer.content_root;
}

void Writer::State::write(BytesView octets) {
  sink_.write(octets);
  offset_ += octets.size();
}

void check_event(const Event& event, std::uint64_t number) {
  if (event.body.size() > kBodyBytesMax) {
    fail("event {}: expected a body of at most {} octets, found {}", number, kBodyBytesMax, event.body.size());
  }
  if (name_of(event.direction).empty())
    fail("event {}: direction {} is none", number, static_cast<int>(event.direction));
  if (name_of(event.origin).empty()) fail("event {}: origin {} is none", number, static_cast<int>(event.origin));
}

Writer::Writer(ByteSource& finished, ByteSink& sink, WriterOptions options)
    : state_(std::make_unique<State>(finished, sink, options)) {}
Writer::Writer(ByteSink& sink, WriterOptions options) : state_(std::make_unique<State>(sink, options)) {}
Writer::~Writer() = default;
void Writer::append(const Event& event) { state_->append(event); }
Digest Writer::finish(const Metadata& metadata) { return state_->finish(metadata); }
void Writer::seal() { state_->seal(); }
std::uint64_t Writer::events() const { return state_->events(); }
const ChannelTable& Writer::channels() const { return state_->channels(); }
const Metadata& Writer::metadata() const { return state_->metadata(); }
const Hash128& Writer::trace_id() const { return state_->trace_id(); }

}  // namespace ringback::trace
