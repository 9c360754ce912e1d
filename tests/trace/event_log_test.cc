#include "src/trace/event_log.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "src/base/error.h"
#include "src/trace/trace.h"
#include "tests/trace/random_events.h"

namespace ringback::trace {
namespace {

// Scratch in memory that counts.
class CountingScratch final : public Scratch {
 public:
  std::uint64_t append(BytesView data) override {
    const std::uint64_t offset = octets_.size();
    octets_.append(data);
    held_ += data.size();
    return offset;
  }
  void read_at(std::uint64_t offset, char* out, std::size_t length) override {
    if (is_broken) fail("scratch: cannot be read");
    octets_.copy(out, length, offset);
  }
  void release(std::uint64_t, std::size_t length) noexcept override { held_ -= length; }

  std::size_t held() const { return held_; }
  bool is_broken = false;

 private:
  Bytes octets_;
  std::size_t held_ = 0;
};

Event numbered(int number, std::size_t body = 200) {
  return make_event({.at = VirtualTime() + milliseconds(number)}, Text{.text = Bytes(body, static_cast<char>(number))});
}

// About 10 MB: two blocks and a half for each of those that stay in memory.
constexpr int kMany = 45'000;

std::vector<Event> read_through(const EventLog& log) {
  std::vector<Event> events;
  for (const Event& event : log) events.push_back(event);
  return events;
}

TEST_CASE("a log gives back what was put into it, from any place") {
  CHECK(rc::check([] {
    const std::vector<Event> events = *random_events();
    const EventLog log(events);
    RC_ASSERT(log.size() == events.size());
    RC_ASSERT(read_through(log) == events);
    RC_ASSERT(log == EventLog(events));
    if (events.empty()) return;
    const auto index = *rc::gen::inRange<std::size_t>(0, events.size());
    RC_ASSERT(log[index] == events[index]);
    auto at = log.begin();
    at.seek(index);
    RC_ASSERT(*at == events[index]);
    RC_ASSERT((log.end() - at) == static_cast<std::ptrdiff_t>(events.size() - index));
  }));
}

TEST_CASE("what a log changes in the middle is changed there and nowhere else") {
  CHECK(rc::check([] {
    std::vector<Event> events = *random_events();
    EventLog log;
    // Blocks of one event, some of which begin with a large one.
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (i % 3 == 0) events[i].body = numbered(1, EventLog::kBlockBytes).body;
      log.push_back(events[i]);
    }
    const EventLog before = log;
    const std::vector<Event> unchanged = events;
    const auto changes = *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::arbitrary<std::uint32_t>());
    for (const std::uint32_t change : changes) {
      const std::size_t at = events.empty() ? 0 : change / 3 % events.size();
      const auto place = events.begin() + static_cast<std::ptrdiff_t>(at);
      const Event event = numbered(static_cast<int>(change % 100));
      if (change % 3 == 0 || events.empty()) {
        events.insert(place, event);
        log.insert(at, event);
      } else if (change % 3 == 1) {
        *place = event;
        log.replace(at, event);
      } else {
        events.erase(place);
        log.erase(at);
      }
    }
    RC_ASSERT(read_through(log) == events);
    RC_ASSERT(read_through(before) == unchanged);
  }));
}

TEST_CASE("what a log with a scratch keeps in memory does not grow, and its room is given back") {
  const auto scratch = std::make_shared<CountingScratch>();
  {
    EventLog log(scratch);
    for (int i = 0; i < kMany; ++i) {
      log.push_back(numbered(i));
      if (log.kept_bytes() > EventLog::kKeptBytes + EventLog::kBlockBytes) FAIL("event " << i << ": too much is kept");
    }
    CHECK(scratch->held() > EventLog::kKeptBytes);
    int number = 0;
    for (const Event& event : log) {
      if (event != numbered(number++)) FAIL("event " << number << " is another");
    }
    CHECK(number == kMany);
    CHECK(log[kMany - 400] == numbered(kMany - 400));

    EventLog copy = log;
    copy.replace(kMany - 300, numbered(7));
    copy.replace(2, numbered(8));
    CHECK(copy[kMany - 300] == numbered(7));
    CHECK(copy[2] == numbered(8));
    CHECK(log[kMany - 300] == numbered(kMany - 300));
    CHECK(log[2] == numbered(2));
    CHECK_FALSE(copy == log);
  }
  CHECK(scratch->held() == 0);
}

TEST_CASE("a scratch that cannot be read is told as bad input") {
  const auto scratch = std::make_shared<CountingScratch>();
  EventLog log(scratch);
  for (int i = 0; i < kMany; ++i) log.push_back(numbered(i));
  scratch->is_broken = true;
  CHECK(log[0] == numbered(0));
  CHECK_THROWS_AS(log[kMany - 400], Error);
}

TEST_CASE("a row that is larger than a block is a block of its own") {
  EventLog log;
  log.push_back(numbered(1));
  log.push_back(numbered(2, 3 * EventLog::kBlockBytes));
  log.push_back(numbered(3));
  CHECK(log[1] == numbered(2, 3 * EventLog::kBlockBytes));
  CHECK(log.back() == numbered(3));
  log.pop_back();
  log.pop_back();
  CHECK(read_through(log) == std::vector<Event>{numbered(1)});
}

}  // namespace
TEST_CASE("a log that was moved from is empty and can be filled again") {
  EventLog log(std::vector<Event>{make_event({}, Text{.text = "one"}), make_event({}, Text{.text = "two"})});
  const EventLog same = log;
  EventLog moved = std::move(log);
  CHECK(moved == same);
  CHECK(log.empty());  // NOLINT: that is what is asked
  CHECK(log.kept_bytes() == 0);
  log.push_back(make_event({}, Text{.text = "three"}));
  CHECK(log.size() == 1);
  moved = std::move(log);
  CHECK(moved.size() == 1);
  CHECK(log.empty());  // NOLINT
}

}  // namespace ringback::trace
