#include "src/trace/event_log.h"

#include <algorithm>
#include <utility>

#include "src/base/error.h"
#include "src/trace/rows.h"

namespace ringback::trace {

// Rows in memory, or in a Scratch, where they are given up with the block.
class EventLog::Block {
 public:
  explicit Block(Bytes rows) : rows_(std::make_shared<const Bytes>(std::move(rows))) {}
  Block(BytesView rows, std::shared_ptr<Scratch> scratch)
      : scratch_(std::move(scratch)), offset_(scratch_->append(rows)), length_(rows.size()) {}
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    if (scratch_ != nullptr) scratch_->release(offset_, length_);
  }

  std::shared_ptr<const Bytes> rows() const {
    if (rows_ != nullptr) return rows_;
    Bytes read(length_, '\0');
    scratch_->read_at(offset_, read.data(), read.size());
    return std::make_shared<const Bytes>(std::move(read));
  }
  std::size_t kept_bytes() const { return rows_ == nullptr ? 0 : rows_->size(); }

 private:
  std::shared_ptr<const Bytes> rows_;  // shared with who reads them
  std::shared_ptr<Scratch> scratch_;
  std::uint64_t offset_ = 0;
  std::size_t length_ = 0;
};

namespace {

// The octets of the first `events` rows.
std::size_t length_of(BytesView rows, std::size_t events) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < events; ++i) length += first_row(rows.substr(length)).size();
  return length;
}

}  // namespace

EventLog::EventLog(const std::vector<Event>& events, std::shared_ptr<Scratch> scratch) : EventLog(std::move(scratch)) {
  for (const Event& event : events) push_back(event);
}

void EventLog::swap(EventLog& other) noexcept {
  scratch_.swap(other.scratch_);
  sealed_.swap(other.sealed_);
  std::swap(sealed_events_, other.sealed_events_);
  std::swap(kept_bytes_, other.kept_bytes_);
  open_.swap(other.open_);
  std::swap(open_events_, other.open_events_);
}

BytesView EventLog::push_back(const Event& event) {
  if (open_.size() + kRowHeadBytes + event.body.size() > kBlockBytes) seal();
  const std::size_t from = open_.size();
  append_row(event, open_);
  ++open_events_;
  return BytesView(open_).substr(from);
}

void EventLog::seal() {
  if (open_events_ == 0) return;
  std::shared_ptr<const Block> block;
  if (scratch_ != nullptr && kept_bytes_ + open_.size() > kKeptBytes) {
    block = std::make_shared<const Block>(open_, scratch_);
    open_.clear();
  } else {
    open_.shrink_to_fit();
    block = std::make_shared<const Block>(std::exchange(open_, {}));
    open_.reserve(kBlockBytes);
  }
  kept_bytes_ += block->kept_bytes();
  sealed_.push_back({.block = std::move(block), .first = sealed_events_, .events = open_events_});
  sealed_events_ += std::exchange(open_events_, 0);
}

std::size_t EventLog::block_of(std::size_t index) const {
  const auto behind = std::upper_bound(sealed_.begin(), sealed_.end(), index,
                                       [](std::size_t at, const Sealed& each) { return at < each.first; });
  return index >= sealed_events_ ? sealed_.size() : static_cast<std::size_t>(behind - sealed_.begin()) - 1;
}

EventLog::Iterator EventLog::begin() const {
  Iterator first(*this, 0);
  if (!empty()) {
    first.enter(0);
    first.stand();
  }
  return first;
}

EventLog::Iterator EventLog::end() const { return Iterator(*this, size()); }

Event EventLog::operator[](std::size_t index) const {
  RINGBACK_CHECK(index < size(), "event {} of {} is asked for", index, size());
  Iterator at(*this, 0);
  at.seek(index);
  at.read();
  return std::move(at.event_);
}

Event EventLog::front() const { return (*this)[0]; }
Event EventLog::back() const { return (*this)[size() - 1]; }

std::vector<Event> EventLog::all() const {
  std::vector<Event> events;
  events.reserve(size());
  for (const Event& event : *this) events.push_back(event);
  return events;
}

void EventLog::replace(std::size_t index, const Event& event) {
  RINGBACK_CHECK(index < size(), "event {} of {} is replaced", index, size());
  Bytes row;
  append_row(event, row);
  splice(index, 1, row, 1);
}

void EventLog::insert(std::size_t before, const Event& event) {
  RINGBACK_CHECK(before <= size(), "an event comes before number {} of {}", before, size());
  if (before == size()) {
    push_back(event);
    return;
  }
  Bytes row;
  append_row(event, row);
  splice(before, 0, row, 1);
}

void EventLog::erase(std::size_t index) {
  RINGBACK_CHECK(index < size(), "event {} of {} is erased", index, size());
  splice(index, 1, {}, 0);
}

void EventLog::pop_back() { erase(size() - 1); }

void EventLog::splice(std::size_t index, std::size_t count, BytesView rows, std::size_t events) {
  const std::size_t number = block_of(index);
  if (number == sealed_.size()) {
    const std::size_t from = length_of(open_, index - sealed_events_);
    open_.replace(from, length_of(BytesView(open_).substr(from), count), rows);
    open_events_ = open_events_ - count + events;
    return;
  }
  Sealed& sealed = sealed_[number];
  Bytes changed = *sealed.block->rows();
  const std::size_t from = length_of(changed, index - sealed.first);
  changed.replace(from, length_of(BytesView(changed).substr(from), count), rows);
  kept_bytes_ -= sealed.block->kept_bytes();
  sealed.events = sealed.events - count + events;
  if (sealed.events == 0) {
    sealed_.erase(sealed_.begin() + static_cast<std::ptrdiff_t>(number));
  } else {
    sealed.block = sealed.block->kept_bytes() == 0 ? std::make_shared<const Block>(changed, scratch_)
                                                   : std::make_shared<const Block>(std::move(changed));
    kept_bytes_ += sealed.block->kept_bytes();
  }
  sealed_events_ = 0;
  for (Sealed& each : sealed_) {
    each.first = sealed_events_;
    sealed_events_ += each.events;
  }
}

bool operator==(const EventLog& a, const EventLog& b) {
  if (a.size() != b.size()) return false;
  auto other = b.begin();
  for (auto one = a.begin(); one.index() < a.size(); ++one, ++other) {
    if (one.row() != other.row()) return false;
  }
  return true;
}

void EventLog::Iterator::enter(std::size_t block) {
  block_ = block;
  if (block < log_->sealed_.size()) {
    const Sealed& sealed = log_->sealed_[block];
    hold_ = sealed.block->rows();
    rest_ = *hold_;
    index_ = sealed.first;
    block_end_ = sealed.first + sealed.events;
  } else {
    hold_ = nullptr;
    rest_ = log_->open_;
    index_ = log_->sealed_events_;
    block_end_ = log_->size();
  }
}

void EventLog::Iterator::stand() {
  row_ = first_row(rest_);
  is_read_ = false;
}

void EventLog::Iterator::read() const {
  read_row(row_, event_);
  is_read_ = true;
}

VirtualTime EventLog::Iterator::time() const { return row_time(row_); }
ChannelId EventLog::Iterator::channel() const { return row_channel(row_); }

EventLog::Iterator& EventLog::Iterator::operator++() {
  rest_.remove_prefix(row_.size());
  ++index_;
  if (index_ == block_end_) {
    if (index_ == log_->size()) {
      hold_ = nullptr;
      block_end_ = 0;
      return *this;
    }
    enter(block_ + 1);
  }
  stand();
  return *this;
}

EventLog::Iterator EventLog::Iterator::operator++(int) {
  Iterator before = *this;
  ++*this;
  return before;
}

void EventLog::Iterator::seek(std::size_t index) {
  RINGBACK_CHECK(index <= log_->size(), "event {} of {} is looked for", index, log_->size());
  if (index == log_->size()) {
    hold_ = nullptr;
    block_end_ = 0;
    index_ = index;
    return;
  }
  if (block_end_ == 0 || index < index_ || index >= block_end_) enter(log_->block_of(index));
  const std::size_t skipped = length_of(rest_, index - index_);
  rest_.remove_prefix(skipped);
  index_ = index;
  stand();
}

}  // namespace ringback::trace
