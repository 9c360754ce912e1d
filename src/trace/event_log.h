// The events of a trace in memory: canonical rows one after another, in blocks.
//
// A block that is full never changes again, so copies of a log share their blocks. A log that has a Scratch keeps
// kKeptBytes of rows and puts the blocks after those there; they are read back one at a time. Memory then does not grow
// with the log, but for some fifty octets a block.
//
//   EventLog log(scratch);
//   log.push_back(event);
//   for (const Event& each : log) ...       // `each` lives until the next step
//   const Event first = log[0];
//
// Reading through is quick; `log[i]` copies the event and walks through half a block to find it. Not for threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "src/base/io.h"
#include "src/trace/event.h"

namespace ringback::trace {

class EventLog {
 public:
  // A larger row is a block of its own.
  static constexpr std::size_t kBlockBytes = 64u << 10;
  // What a log with a Scratch keeps in memory, beside the block that is being filled.
  static constexpr std::size_t kKeptBytes = 4u << 20;

  class Iterator;
  using value_type = Event;
  using const_iterator = Iterator;

  // Without a Scratch everything stays in memory.
  explicit EventLog(std::shared_ptr<Scratch> scratch = nullptr) : scratch_(std::move(scratch)) {}
  EventLog(const std::vector<Event>& events,  // NOLINT: a list of events is a log
           std::shared_ptr<Scratch> scratch = nullptr);
  EventLog(const EventLog&) = default;
  EventLog& operator=(const EventLog&) = default;
  // What was moved from is empty, with the same Scratch.
  EventLog(EventLog&& other) noexcept : scratch_(other.scratch_) { swap(other); }
  EventLog& operator=(EventLog&& other) noexcept {
    EventLog taken(std::move(other));
    swap(taken);
    return *this;
  }
  ~EventLog() = default;
  void swap(EventLog& other) noexcept;

  // Returns the event's canonical row, which lives until the next call that is not const.
  BytesView push_back(const Event& event);
  std::size_t size() const { return sealed_events_ + open_events_; }
  bool empty() const { return size() == 0; }
  // For logs of the same origin; null where there is none.
  const std::shared_ptr<Scratch>& scratch() const { return scratch_; }
  // Octets of rows that are in memory. Copies count those that they share.
  std::size_t kept_bytes() const { return kept_bytes_ + open_.size(); }

  Iterator begin() const;
  Iterator end() const;
  // Of one that is there.
  Event operator[](std::size_t index) const;
  Event front() const;
  Event back() const;
  std::vector<Event> all() const;

  // Changes in the middle: the block is written anew, those after it stay.
  void replace(std::size_t index, const Event& event);
  void insert(std::size_t before, const Event& event);
  void erase(std::size_t index);
  void pop_back();

  friend bool operator==(const EventLog& a, const EventLog& b);

 private:
  // Shared by the copies of a log and by whoever reads it.
  class Block;
  struct Sealed {
    std::shared_ptr<const Block> block;
    std::size_t first = 0;  // number of its first event
    std::size_t events = 0;
  };

  void seal();
  std::size_t block_of(std::size_t index) const;
  // Puts `rows`, which are `events`, into the place of `count` events at `index`.
  void splice(std::size_t index, std::size_t count, BytesView rows, std::size_t events);

  std::shared_ptr<Scratch> scratch_;  // shared with the other logs of the program
  std::vector<Sealed> sealed_;
  std::size_t sealed_events_ = 0;
  std::size_t kept_bytes_ = 0;
  Bytes open_;  // the block that is being filled
  std::size_t open_events_ = 0;
};

// Stands at an event. Valid until the log changes.
class EventLog::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = Event;
  using difference_type = std::ptrdiff_t;
  using pointer = const Event*;
  using reference = const Event&;

  Iterator() = default;

  // The event is read when it is asked for; the reference holds until the iterator moves.
  const Event& operator*() const {
    if (!is_read_) read();
    return event_;
  }
  const Event* operator->() const { return &**this; }
  // The event's canonical row, and what stands at its front: cheaper than all of it where an event is passed over.
  BytesView row() const { return row_; }
  VirtualTime time() const;
  ChannelId channel() const;
  std::size_t index() const { return index_; }

  Iterator& operator++();
  Iterator operator++(int);
  // To any event of the log or its end; forward within a block costs as little as a step.
  void seek(std::size_t index);

  friend Iterator operator+(Iterator from, std::ptrdiff_t steps) {
    from.seek(from.index_ + static_cast<std::size_t>(steps));
    return from;
  }
  friend Iterator operator-(Iterator from, std::ptrdiff_t steps) { return std::move(from) + -steps; }
  friend std::ptrdiff_t operator-(const Iterator& a, const Iterator& b) {
    return static_cast<std::ptrdiff_t>(a.index_) - static_cast<std::ptrdiff_t>(b.index_);
  }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.index_ == b.index_; }

 private:
  friend class EventLog;
  Iterator(const EventLog& log, std::size_t index) : log_(&log), index_(index) {}
  void enter(std::size_t block);
  void stand();
  void read() const;

  const EventLog* log_ = nullptr;
  std::size_t index_ = 0;
  std::size_t block_ = 0;              // of sealed_; its size for the open one
  std::size_t block_end_ = 0;          // number of the first event behind it; 0 before any was entered
  std::shared_ptr<const Bytes> hold_;  // rows of a sealed block live as long as somebody reads them
  BytesView rest_;                     // from row_ on
  BytesView row_;
  mutable Event event_;  // memory that is used again
  mutable bool is_read_ = false;
};

}  // namespace ringback::trace
