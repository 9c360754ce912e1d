#include "src/trace/reader.h"

#include <algorithm>
#include <optional>

#include "src/trace/codec/trace_file.h"
#include "src/trace/content_root.h"
#include "src/trace/rows.h"

namespace ringback::trace {

class Reader::State {
 public:
  State(ByteSource& source, Proof proof)
      : file_(source), trailer_(file_.trailer()), footer_(file_.footer(trailer_)), is_whole_(proof == Proof::digest) {
    check_index();
  }

  bool next(Event& event);
  bool next_on(ChannelId channel, Event& event);
  void seek(VirtualTime at);
  void seek_event(std::uint64_t number);

  TraceFile& file() { return file_; }
  const Trailer& trailer() const { return trailer_; }
  const Footer& footer() const { return footer_; }

 private:
  void check_index();
  void open_chunk(std::optional<ChannelId> channel);
  bool is_before_goal(BytesView row, std::uint64_t number);
  void count(const Event& event);
  void go_to(std::size_t chunk);
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
  std::uint64_t chunk_first_ = 0;  // number of the first event of the chunk at hand
  std::uint64_t next_event_ = 0;   // number of the first in rest_, where that has all channels
  // Where rest_ has one channel only: which, the numbers of its events within the chunk, and the next of these.
  std::optional<ChannelId> channel_;
  std::vector<std::uint32_t> numbers_;
  std::size_t next_number_ = 0;
  std::uint64_t last_event_ = 0;  // number of what next_on gave last
  // Where a seek goes within its chunk.
  std::optional<VirtualTime> goal_time_;
  std::uint64_t goal_event_ = 0;
  std::vector<VirtualTime> latest_;  // greatest time in chunks 0 to i: ascending, whatever the times
  bool is_whole_;                    // every event so far was read, from the first on, and is to be proven
  bool is_checked_ = false;
};

// The index is only a copy of what the chunks say: here that it covers the file without holes, in open_chunk the rest.
void Reader::State::check_index() {
  const Place place{.file = file_.name(), .offset = trailer_.footer_offset};
  const std::uint64_t first = footer_.chunks.empty() ? trailer_.footer_offset : footer_.chunks.front().offset;
  std::uint64_t offset = file_.first_record();
  if (first > offset) offset = file_.after_old_footers(offset, first);
  const std::uint64_t start = offset;
  std::uint64_t events = 0;
  for (const ChunkEntry& chunk : footer_.chunks) {
    const bool is_first = events == 0;
    if ((is_first ? chunk.offset != offset : chunk.offset <= offset) || chunk.first_event != events ||
        chunk.events == 0 || chunk.offset >= trailer_.footer_offset) {
      damaged(place, "an index of all chunks in order", fmt::format("an entry for a chunk at {}", chunk.offset));
    }
    offset = chunk.offset;
    events += chunk.events;
    latest_.push_back(latest_.empty() ? chunk.latest : std::max(latest_.back(), chunk.latest));
  }
  if (footer_.chunks.size() != trailer_.chunks || events != trailer_.events ||
      (footer_.chunks.empty() && trailer_.footer_offset != start)) {
    damaged(place, fmt::format("an index of {} chunks with {} events", trailer_.chunks, trailer_.events),
            fmt::format("{} with {}", footer_.chunks.size(), events));
  }
}

bool Reader::State::next(Event& event) {
  if (channel_.has_value()) seek_event(last_event_ + 1);
  for (;;) {
    while (rest_.empty()) {
      if (next_chunk_ == footer_.chunks.size()) {
        check_end();
        return false;
      }
      open_chunk(std::nullopt);
    }
    const BytesView row = first_row(rest_);
    rest_.remove_prefix(row.size());
    if (is_before_goal(row, next_event_++)) continue;
    read_row(row, event);
    if (is_whole_) count(event);
    return true;
  }
}

bool Reader::State::next_on(ChannelId channel, Event& event) {
  is_whole_ = false;
  if (channel_.has_value() && *channel_ != channel) seek_event(last_event_ + 1);
  for (;;) {
    while (!rest_.empty()) {
      const BytesView row = first_row(rest_);
      rest_.remove_prefix(row.size());
      const std::uint64_t number = channel_.has_value() ? chunk_first_ + numbers_[next_number_++] : next_event_++;
      if (row_channel(row) != channel || is_before_goal(row, number)) continue;
      last_event_ = number;
      read_row(row, event);
      return true;
    }
    while (next_chunk_ < footer_.chunks.size() && !footer_.chunks[next_chunk_].may_have(channel)) ++next_chunk_;
    if (next_chunk_ == footer_.chunks.size()) {
      channel_.reset();
      return false;
    }
    open_chunk(channel);
  }
}

// Whether a seek goes further than this event. The first that it does not concern ends it.
bool Reader::State::is_before_goal(BytesView row, std::uint64_t number) {
  if (number < goal_event_ || (goal_time_.has_value() && row_time(row) < *goal_time_)) return true;
  goal_time_.reset();
  return false;
}

// For the proof at the end.
void Reader::State::count(const Event& event) {
  if (event.channel >= channel_events_.size()) channel_events_.resize(event.channel + 1u);
  ++channel_events_[event.channel];
  if (event.kind == EventKind::channel_declared) declarations_.push_back(declaration_to_repeat(event.body));
}

// With all its events, or those of one channel.
void Reader::State::open_chunk(std::optional<ChannelId> channel) {
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
  std::uint64_t after = TraceFile::after(entry.offset, header);
  if (after != end_of(next_chunk_)) after = file_.after_old_footers(after, end_of(next_chunk_));
  if (actual != entry || header.previous_chunk != previous || after != end_of(next_chunk_)) {
    damaged({.file = file_.name(), .offset = entry.offset}, "a chunk as the index states it", "another");
  }
  if (channel.has_value()) {
    file_.chunk_rows_on(*channel, entry.offset, header, rows_, numbers_);
  } else {
    file_.chunk_rows(entry.offset, header, rows_);
    if (is_whole_) root_.add_rows(rows_, header.events);
  }
  channel_ = channel;
  next_number_ = 0;
  chunk_first_ = header.first_event;
  next_event_ = header.first_event;
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
  const auto chunk = std::lower_bound(latest_.begin(), latest_.end(), at);
  go_to(static_cast<std::size_t>(chunk - latest_.begin()));
  goal_time_ = at;
}

void Reader::State::seek_event(std::uint64_t number) {
  const auto chunk = std::upper_bound(
      footer_.chunks.begin(), footer_.chunks.end(), number,
      [](std::uint64_t wanted, const ChunkEntry& entry) { return wanted < entry.first_event + entry.events; });
  go_to(static_cast<std::size_t>(chunk - footer_.chunks.begin()));
  goal_event_ = number;
}

void Reader::State::go_to(std::size_t chunk) {
  is_whole_ = false;
  rest_ = {};
  channel_.reset();
  next_chunk_ = chunk;
  goal_time_.reset();
  goal_event_ = 0;
}

Reader::Reader(ByteSource& source, Proof proof) : state_(std::make_unique<State>(source, proof)) {}
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
void Reader::seek_event(std::uint64_t number) { state_->seek_event(number); }

}  // namespace ringback::trace
