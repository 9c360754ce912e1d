#include "src/trace/diff.h"

#include <algorithm>
#include <deque>
#include <map>

#include "src/trace/reader.h"

namespace ringback::trace {
namespace {

// One of the two traces on its way: its current event, its channels, its counts.
class Side {
 public:
  virtual ~Side() = default;

  const Event* event() const { return has_event_ ? &event_ : nullptr; }
  const ChannelTable& channels() const { return channels_; }
  std::uint64_t events() const { return events_; }
  // By channel id.
  const std::vector<std::uint64_t>& counts() const { return counts_; }

  void advance() {
    has_event_ = next(event_);
    if (!has_event_) return;
    channels_.observe(event_);
    ++events_;
    if (event_.channel >= counts_.size()) counts_.resize(event_.channel + 1u);
    ++counts_[event_.channel];
  }

 private:
  virtual bool next(Event& event) = 0;

  Event event_;
  bool has_event_ = false;
  ChannelTable channels_;
  std::uint64_t events_ = 0;
  std::vector<std::uint64_t> counts_;
};

class FileSide final : public Side {
 public:
  explicit FileSide(ByteSource& source) : reader_(source) {}

 private:
  bool next(Event& event) override { return reader_.next(event); }
  Reader reader_;
};

class MemorySide final : public Side {
 public:
  explicit MemorySide(const Trace& trace) : next_(trace.events.begin()), end_(trace.events.end()) {}

 private:
  bool next(Event& event) override {
    if (next_ == end_) return false;
    event = *next_;
    ++next_;
    return true;
  }
  EventLog::Iterator next_;
  EventLog::Iterator end_;
};

// The last events of each channel, as long as both sides are the same.
class RecentEvents {
 public:
  void add(std::uint64_t number, const Event& event) {
    auto& lane = lanes_[event.channel];
    lane.push_back({.number = number, .event = event});
    if (lane.size() > kContextEvents) lane.pop_front();
  }

  std::vector<ContextEvent> of(const Event* left, const Event* right, const ChannelTable& channels) const {
    std::vector<ContextEvent> context;
    for (const auto& [channel, lane] : lanes_) {
      if ((left == nullptr || left->channel != channel) && (right == nullptr || right->channel != channel)) continue;
      for (const Numbered& recent : lane) {
        context.push_back({.number = recent.number, .summary = summary_of(recent.event, channels)});
      }
    }
    std::sort(context.begin(), context.end(),
              [](const ContextEvent& a, const ContextEvent& b) { return a.number < b.number; });
    if (context.size() > kContextEvents) context.erase(context.begin(), context.end() - kContextEvents);
    return context;
  }

 private:
  struct Numbered {
    std::uint64_t number = 0;
    Event event;
  };
  std::map<ChannelId, std::deque<Numbered>> lanes_;
};

std::optional<NamedValue> take(std::vector<NamedValue>& values, const std::string& name) {
  const auto found =
      std::find_if(values.begin(), values.end(), [&](const NamedValue& value) { return value.name == name; });
  if (found == values.end()) return std::nullopt;
  NamedValue taken = std::move(*found);
  values.erase(found);
  return taken;
}

std::vector<ValueDifference> compare_values(std::vector<NamedValue> left, std::vector<NamedValue> right) {
  std::vector<ValueDifference> differences;
  for (NamedValue& value : left) {
    const std::optional<NamedValue> other = take(right, value.name);
    if (other != value) differences.push_back({.name = value.name, .left = std::move(value), .right = other});
  }
  for (NamedValue& value : right) {
    differences.push_back({.name = value.name, .left = std::nullopt, .right = std::move(value)});
  }
  return differences;
}

FirstDifference compare(std::uint64_t number, const Side& left, const Side& right, const RecentEvents& recent) {
  FirstDifference first{.number = number,
                        .left = {},
                        .right = {},
                        .left_summary = {},
                        .right_summary = {},
                        .values = {},
                        .context = recent.of(left.event(), right.event(), left.channels())};
  if (left.event() != nullptr) {
    first.left = *left.event();
    first.left_summary = summary_of(*first.left, left.channels());
  }
  if (right.event() != nullptr) {
    first.right = *right.event();
    first.right_summary = summary_of(*first.right, right.channels());
  }
  if (first.left.has_value() && first.right.has_value()) {
    first.values = compare_values(values_of(*first.left, left.channels()), values_of(*first.right, right.channels()));
  }
  return first;
}

void count(const Side& side, std::uint64_t ChannelCounts::*which, std::map<std::string, ChannelCounts>& by_name) {
  for (const Channel& channel : side.channels().channels()) {
    ChannelCounts& counts = by_name[channel.name];
    counts.name = channel.name;
    counts.*which = channel.id < side.counts().size() ? side.counts()[channel.id] : 0;
  }
}

std::vector<ChannelCounts> count_channels(const Side& left, const Side& right) {
  const auto control = [](const Side& side) { return side.counts().empty() ? 0 : side.counts()[kControlChannel]; };
  std::vector<ChannelCounts> channels{{.name = "control", .left = control(left), .right = control(right)}};
  std::map<std::string, ChannelCounts> by_name;
  count(left, &ChannelCounts::left, by_name);
  count(right, &ChannelCounts::right, by_name);
  for (auto& [name, counts] : by_name) channels.push_back(std::move(counts));
  return channels;
}

TraceDifference diff_sides(Side& left, Side& right) {
  TraceDifference difference;
  RecentEvents recent;
  std::uint64_t number = 0;
  left.advance();
  right.advance();
  while (left.event() != nullptr || right.event() != nullptr) {
    const bool both = left.event() != nullptr && right.event() != nullptr;
    if (!difference.first.has_value()) {
      if (!both || *left.event() != *right.event()) {
        difference.first = compare(number, left, right, recent);
      } else {
        recent.add(number++, *left.event());
      }
    }
    if (left.event() != nullptr) left.advance();
    if (right.event() != nullptr) right.advance();
  }
  difference.left_events = left.events();
  difference.right_events = right.events();
  difference.channels = count_channels(left, right);
  return difference;
}

}  // namespace

TraceDifference diff(ByteSource& left, ByteSource& right) {
  FileSide left_side(left);
  FileSide right_side(right);
  return diff_sides(left_side, right_side);
}

TraceDifference diff(const Trace& left, const Trace& right) {
  MemorySide left_side(left);
  MemorySide right_side(right);
  return diff_sides(left_side, right_side);
}

}  // namespace ringback::trace
