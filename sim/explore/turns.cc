#include "sim/explore/turns.h"

#include <algorithm>
#include <map>
#include <set>

#include <boost/json.hpp>

#include "src/audio/format.h"
#include "src/audio/level.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

namespace json = boost::json;
using trace::Direction;
using trace::Event;
using trace::EventKind;

// A pause that ends a turn of the caller's.
constexpr Duration kPause = milliseconds(600);
constexpr std::int64_t kFrameNs = milliseconds(20).ns();

// Spans of time that are gone: [begin, end), ascending, apart from each other.
struct Span {
  VirtualTime begin;
  VirtualTime end;
};

class Gaps {
 public:
  explicit Gaps(std::vector<Span> spans) : spans_(std::move(spans)) {}

  bool contains(VirtualTime at) const {
    return std::any_of(spans_.begin(), spans_.end(),
                       [&](const Span& span) { return at >= span.begin && at < span.end; });
  }
  // How much is gone before `at`.
  Duration before(VirtualTime at) const {
    Duration gone;
    for (const Span& span : spans_) {
      if (at <= span.begin) break;
      gone = gone + (std::min(at, span.end) - span.begin);
    }
    return gone;
  }
  VirtualTime moved(VirtualTime at) const { return at - before(at); }
  std::uint64_t moved_frame(std::uint64_t frame) const {
    const VirtualTime at = VirtualTime::from_ns(static_cast<std::int64_t>(frame) * kFrameNs);
    return static_cast<std::uint64_t>(moved(at).ns() / kFrameNs);
  }
  std::int64_t moved_ms(std::int64_t ms) const {
    return moved(VirtualTime() + milliseconds(ms)).ns() / milliseconds(1).ns();
  }

 private:
  std::vector<Span> spans_;
};

// Old numbers of each channel's exchanges to new ones.
class Numbers {
 public:
  void keep(trace::ChannelId channel, std::uint32_t exchange) {
    std::map<std::uint32_t, std::uint32_t>& known = numbers_[channel];
    known.try_emplace(exchange, 0);
  }
  void count() {
    for (auto& [channel, known] : numbers_) {
      std::uint32_t next = 0;
      for (auto& [old, number] : known) number = ++next;
    }
  }
  std::uint32_t of(trace::ChannelId channel, std::uint32_t exchange) const { return numbers_.at(channel).at(exchange); }
  // Of the first that is left at or behind `exchange`.
  std::uint64_t at_or_behind(trace::ChannelId channel, std::uint64_t exchange) const {
    const auto found = numbers_.find(channel);
    if (found == numbers_.end()) return 1;
    for (const auto& [old, number] : found->second) {
      if (old >= exchange) return number;
    }
    return found->second.size() + 1;
  }

 private:
  std::map<trace::ChannelId, std::map<std::uint32_t, std::uint32_t>> numbers_;
};

void move_range(std::optional<IntegerRange>& range, trace::ChannelId channel, const Numbers& numbers) {
  if (!range) return;
  range->first = numbers.at_or_behind(channel, range->first);
  if (range->last == IntegerRange::kOpenEnd) return;
  range->last = std::max(range->first, numbers.at_or_behind(channel, range->last + 1) - 1);
}

bool counts_frames(MutationName name) { return name <= MutationName::digit; }

// Null where the selector names none or several: numbers over several channels cannot be moved by those of one.
const trace::Channel* only_channel(std::string_view selector, const trace::Trace& recording) {
  const trace::Channel* only = nullptr;
  for (const trace::Channel& channel : recording.channels.channels()) {
    if (!selects(selector, channel.name)) continue;
    if (only != nullptr) return nullptr;
    only = &channel;
  }
  return only;
}

// A swap names another call as its count, on its own channel or the one in its value.
void move_partner(Mutation& mutation, const trace::Trace& recording, const Numbers& numbers) {
  if (mutation.name != MutationName::swap_results && mutation.name != MutationName::swap_order) return;
  const trace::Channel* partner =
      recording.channels.find(mutation.value.empty() ? mutation.channel : std::string(mutation.value));
  if (partner != nullptr) mutation.count = numbers.at_or_behind(partner->id, mutation.count);
}

Case moved_case(const Case& one, const trace::Trace& recording, const Gaps& gaps, const Numbers& numbers) {
  Case moved = one;
  for (Fault& fault : moved.schedule.faults) {
    if (const trace::Channel* channel = only_channel(fault.where, recording)) {
      move_range(fault.at.call, channel->id, numbers);
      move_range(fault.at.response, channel->id, numbers);
    }
    if (fault.at.time) fault.at.time = gaps.moved(*fault.at.time);
    if (fault.at.frame) {
      const std::uint64_t length = fault.at.frame->last - fault.at.frame->first;
      fault.at.frame->first = gaps.moved_frame(fault.at.frame->first);
      if (fault.at.frame->last != IntegerRange::kOpenEnd) fault.at.frame->last = fault.at.frame->first + length;
    }
  }
  for (Mutation& mutation : moved.mutations) {
    const trace::Channel* channel = recording.channels.find(mutation.channel);
    if (counts_frames(mutation.name)) {
      mutation.at = gaps.moved_frame(mutation.at);
    } else if (channel != nullptr) {
      mutation.at = numbers.at_or_behind(channel->id, mutation.at);
      move_partner(mutation, recording, numbers);
    }
  }
  return moved;
}

// The places in the caller's sound that a model's frame names move along.
Bytes with_moved_places(const Bytes& text, const Gaps& gaps) {
  if (text.find("_ms\"") == Bytes::npos || text.find("input_audio_buffer.speech_") == Bytes::npos) return text;
  json::error_code error;
  json::value frame = json::parse(json::string_view(text.data(), text.size()), error);
  if (error || !frame.is_object()) return text;
  for (const char* key : {"audio_start_ms", "audio_end_ms"}) {
    json::value* place = frame.as_object().if_contains(key);
    if (place != nullptr && place->is_int64()) *place = gaps.moved_ms(place->get_int64());
  }
  return json::serialize(frame);
}

template <class Keeps>
ShorterCall rebuilt(const trace::Trace& recording, const Case& one, const Gaps& gaps, const Keeps& keeps) {
  Numbers numbers;
  for (const Event& event : recording.events) {
    if (event.exchange != 0 && keeps(event)) numbers.keep(event.channel, event.exchange);
  }
  numbers.count();
  ShorterCall left{.recording = trace::Trace(recording.events.scratch()),
                   .one = moved_case(one, recording, gaps, numbers)};
  left.recording.metadata = recording.metadata;
  for (const Event& event : recording.events) {
    if (!keeps(event)) continue;
    Event kept = event;
    kept.at = gaps.moved(event.at);
    if (kept.exchange != 0) kept.exchange = numbers.of(event.channel, event.exchange);
    if (kept.kind == EventKind::message) {
      const Bytes text = trace::body_of<trace::Message>(event).text;
      kept.body = trace::encode_body(trace::Message{with_moved_places(text, gaps)});
    }
    left.recording.add(std::move(kept));
  }
  return left;
}

}  // namespace

std::vector<VirtualTime> turn_begins(const trace::Trace& recording) {
  std::set<VirtualTime> begins;
  const trace::Channel* const track = recording.channels.find("caller.audio");
  const trace::Channel* const caller = recording.channels.find("caller");
  const std::optional<audio::Format> format =
      track == nullptr ? std::nullopt : audio::known_format(track->encoding, track->rate);
  std::optional<VirtualTime> audible;
  for (const Event& event : recording.events) {
    if (event.direction != Direction::to_agent) continue;
    if (caller != nullptr && event.channel == caller->id &&
        (event.kind == EventKind::text || event.kind == EventKind::dtmf)) {
      begins.insert(event.at);
    }
    if (!format || event.channel != track->id || event.kind != EventKind::audio) continue;
    if (!audio::is_audible(trace::body_field(event.body, 1), *format)) continue;
    if (!audible || event.at - *audible >= kPause) begins.insert(event.at);
    audible = event.at;
  }
  return {begins.begin(), begins.end()};
}

ShorterCall with_turns(const trace::Trace& recording, const Case& one, const std::vector<VirtualTime>& begins,
                       const Subset& kept) {
  std::vector<Span> spans;
  VirtualTime end = recording.events.empty() ? VirtualTime() : recording.events.back().at;
  end = end + nanoseconds(1);
  for (std::size_t i = 0; i < begins.size(); ++i) {
    if (std::binary_search(kept.begin(), kept.end(), i)) continue;
    spans.push_back({.begin = begins[i], .end = i + 1 < begins.size() ? begins[i + 1] : end});
  }
  const Gaps gaps(std::move(spans));
  return rebuilt(recording, one, gaps, [&](const Event& event) {
    return event.channel == trace::kControlChannel || !gaps.contains(event.at);
  });
}

std::vector<ExchangeId> exchanges_of(const trace::Trace& recording) {
  std::vector<ExchangeId> found;
  std::set<std::pair<trace::ChannelId, std::uint32_t>> seen;
  for (const Event& event : recording.events) {
    if (event.exchange == 0 || !seen.insert({event.channel, event.exchange}).second) continue;
    found.push_back({.channel = event.channel, .exchange = event.exchange});
  }
  return found;
}

ShorterCall with_exchanges(const trace::Trace& recording, const Case& one, const std::vector<ExchangeId>& exchanges,
                           const Subset& kept) {
  std::set<std::pair<trace::ChannelId, std::uint32_t>> gone;
  for (std::size_t i = 0; i < exchanges.size(); ++i) {
    if (!std::binary_search(kept.begin(), kept.end(), i)) gone.insert({exchanges[i].channel, exchanges[i].exchange});
  }
  return rebuilt(recording, one, Gaps({}), [&](const Event& event) {
    return event.exchange == 0 || !gone.contains({event.channel, event.exchange});
  });
}

trace::Trace without_agent_sound(const trace::Trace& recording) {
  constexpr std::string_view kAppend = R"("type":"input_audio_buffer.append")";
  trace::Trace quiet(recording.events.scratch());
  quiet.metadata = recording.metadata;
  for (const Event& event : recording.events) {
    const bool is_from_agent = event.direction == Direction::from_agent;
    if (is_from_agent && event.kind == EventKind::audio) continue;
    if (is_from_agent && event.kind == EventKind::message && BytesView(event.body).find(kAppend) != BytesView::npos) {
      continue;
    }
    quiet.add(event);
  }
  return quiet;
}

}  // namespace ringback::sim
