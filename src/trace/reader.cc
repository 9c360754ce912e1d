#include "src/trace/reader.h"

#include "src/trace/codec/trace_file.h"
#include "src/trace/content_root.h"
#include "src/trace/rows.h"

namespace ringback::trace {

class Reader::State {
 public:
  explicit State(ByteSource& source) : file_(source), trailer_(file_.trailer()), footer_(file_.footer(trailer_)) {
    check_index();
  }

  bool next(Event& event);
  bool next_on(ChannelId channel, Event& event);
  void seek(VirtualTime at);

  TraceFile& file() { return file_; }
  const Trailer& trailer() const { return trailer_; }
  const Footer& footer() const { return footer_; }

 private:
  void check_index() const;
  void open_chunk();
  void check_end();
  std::uint64_t end_of(std::size_t chunk) const {
    return chunk + 1 < footer_.chunks.size() ? footer_.chunks[chunk + 1].offset : trailer_.footer_offset;
  }

  TraceFile file_;
  Trailer trailer_;
  Footer footer_;
  std::size_t next_chunk_ = 0;
  Bytes rows_;
  BytesView rest_;  // of rows_
  ContentRoot root_;
  std::vector<std::uint64_t> channel_events_;
  std::vector<Bytes> declarations_;
  bool is_whole_ = true;  // every event so far was read, from the first on
  bool is_checked_ = false;
};

// The index is only a copy of what the chunks say: here that it covers the file without holes, in open_chunk the rest.
void Reader::State::check_index() const {
  const Place place{.file = file_.name(), .offset = trailer_.footer_offset};
  std::uint64_t offset = file_.first_record();
  std::uint64_t events = 0;
  for (const ChunkEntry& chunk : footer_.chunks) {
    const bool is_first = events == 0;
    if ((is_first ? chunk.offset != offset : chunk.offset <= offset) || chunk.first_event != events ||
        chunk.events == 0 || chunk.offset >= trailer_.footer_offset) {
      damaged(place, "an index of all chunks in order", fmt::format("an entry for a chunk at {}", chunk.offset));
    }
    offset = chunk.offset;
    events += chunk.events;
  }
  if (footer_.chunks.size() != trailer_.chunks || events != trailer_.events ||
      (footer_.chunks.empty() && trailer_.footer_offset != file_.first_record())) {
    damaged(place, fmt::format("an index of {} chunks with {} events", trailer_.chunks, trailer_.events),
            fmt::format("{} with {}", footer_.chunks.size(), events));
  }
}

bool Reader::State::next(Event& event) {
  while (rest_.empty()) {
    if (next_chunk_ == footer_.chunks.size()) {
      check_end();
      return false;
    }
    open_chunk();
  }
  const BytesView row = first_row(rest_);
  rest_.remove_prefix(row.size());
  read_row(row, event);
  if (is_whole_) {
    root_.add_row(row);
    if (event.channel >= channel_events_.size()) channel_events_.resize(event.channel + 1u);
    ++channel_events_[event.channel];
    if (event.kind == EventKind::channel_declared) declarations_.push_back(declaration_to_repeat(event.body));
  }
  return true;
}

bool Reader::State::next_on(ChannelId channel, Event& event) {
  is_whole_ = false;
  for (;;) {
    while (!rest_.empty()) {
      const BytesView row = first_row(rest_);
      rest_.remove_prefix(row.size());
      if (row_channel(row) != channel) continue;
      read_row(row, event);
      return true;
    }
    while (next_chunk_ < footer_.chunks.size() && !footer_.chunks[next_chunk_].may_have(channel)) ++next_chunk_;
    if (next_chunk_ == footer_.chunks.size()) return false;
    open_chunk();
  }
}

void Reader::State::open_chunk() {
  const ChunkEntry& entry = footer_.chunks[next_chunk_];
  const ChunkHeader header = file_.chunk_header(entry.offset, trailer_.footer_offset);
  const ChunkEntry actual{.offset = entry.offset,
                          .first_event = header.first_event,
                          .earliest = VirtualTime::from_ns(header.earliest),
                          .latest = VirtualTime::from_ns(header.latest),
                          .channel_mask = header.channel_mask,
                          .events = header.events,
                          .flags = header.flags};
  const std::uint64_t previous = next_chunk_ == 0 ? 0 : footer_.chunks[next_chunk_ - 1].offset;
  if (actual != entry || header.previous_chunk != previous ||
      TraceFile::after(entry.offset, header) != end_of(next_chunk_)) {
    damaged({.file = file_.name(), .offset = entry.offset}, "a chunk as the index states it", "another");
  }
  file_.chunk_rows(entry.offset, header, rows_);
  rest_ = rows_;
  ++next_chunk_;
}

void Reader::State::check_end() {
  if (!is_whole_ || is_checked_) return;
  is_checked_ = true;
  const Place place{.file = file_.name(), .offset = trailer_.footer_offset};
  const Digest root = root_.finish();
  if (root != trailer_.content_root || root_.leaves() != footer_.leaves) {
    damaged(place, fmt::format("events with digest {}", to_hex(trailer_.content_root)), to_hex(root));
  }
  if (channel_events_ != footer_.channel_events) damaged(place, "the number of events of each channel", "others");
  if (!footer_.declarations.empty() && declarations_ != footer_.declarations) {
    damaged(place, "the channels' declarations", "others");
  }
}

void Reader::State::seek(VirtualTime at) {
  is_whole_ = false;
  rest_ = {};
  next_chunk_ = 0;
  while (next_chunk_ < footer_.chunks.size() && footer_.chunks[next_chunk_].latest < at) ++next_chunk_;
  if (next_chunk_ == footer_.chunks.size()) return;
  open_chunk();
  // The chunk has such an event: its latest time was checked against its rows.
  while (row_time(rest_) < at) rest_.remove_prefix(first_row(rest_).size());
}

Reader::Reader(ByteSource& source) : state_(std::make_unique<State>(source)) {}
Reader::~Reader() = default;
const Metadata& Reader::metadata() const { return state_->footer().metadata; }
const Digest& Reader::digest() const { return state_->trailer().content_root; }
std::uint64_t Reader::events() const { return state_->trailer().events; }
const std::vector<std::uint64_t>& Reader::channel_events() const { return state_->footer().channel_events; }
const std::vector<ChunkEntry>& Reader::chunks() const { return state_->footer().chunks; }
const std::vector<Digest>& Reader::leaves() const { return state_->footer().leaves; }
const std::string& Reader::writer() const { return state_->file().writer(); }
bool Reader::next(Event& event) { return state_->next(event); }
bool Reader::next_on(ChannelId channel, Event& event) { return state_->next_on(channel, event); }
void Reader::seek(VirtualTime at) { state_->seek(at); }

}  // namespace ringback::trace
