// Mutations of the model's recorded stream.
#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include <boost/json.hpp>

#include "sim/explore/mutate.h"
#include "sim/faults/model_frame.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

namespace json = boost::json;
using trace::Event;

// The middle of `text`, moved to where a character begins.
std::size_t middle_of(std::string_view text) {
  std::size_t middle = text.size() / 2;
  while (middle > 0 && (static_cast<unsigned char>(text[middle]) & 0xC0) == 0x80) --middle;
  return middle;
}

Bytes with_delta(json::object frame, std::string_view delta) {
  frame["delta"] = json::string_view(delta.data(), delta.size());
  return json::serialize(frame);
}

void split(trace::Trace& recording, std::size_t position) {
  Event event = recording.events[position];
  json::error_code error;
  const Bytes text = trace::body_of<trace::Message>(event).text;
  const json::value frame = json::parse(json::string_view(text.data(), text.size()), error);
  if (error || !frame.is_object() || !frame.as_object().contains("delta")) return;
  const json::value& delta = frame.at("delta");
  if (!delta.is_string()) return;
  const std::string_view whole(delta.as_string().data(), delta.as_string().size());
  const std::size_t middle = middle_of(whole);
  if (middle == 0) return;
  Event second = event;
  event.body = trace::encode_body(trace::Message{with_delta(frame.as_object(), whole.substr(0, middle))});
  second.body = trace::encode_body(trace::Message{with_delta(frame.as_object(), whole.substr(middle))});
  recording.events.replace(position, event);
  recording.events.insert(position + 1, second);
}

// A text in pieces of `characters` each; the last one may be shorter.
std::vector<std::string_view> pieces_of(std::string_view text, std::uint64_t characters) {
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins_character = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (begins_character && count == characters) {
      pieces.push_back(text.substr(begin, i - begin));
      begin = i;
      count = 0;
    }
    if (begins_character) ++count;
  }
  if (begin < text.size()) pieces.push_back(text.substr(begin));
  return pieces;
}

// The deltas of one item, of one type: what they say together, and where they stand.
struct Deltas {
  std::vector<std::size_t> positions;
  std::vector<json::object> frames;
  std::string text;
};

std::map<std::string, Deltas> deltas_of(const trace::Trace& recording, trace::ChannelId channel,
                                        std::uint64_t response) {
  std::map<std::string, Deltas> found;
  for (auto each = recording.events.begin(); each != recording.events.end(); ++each) {
    const Event& event = *each;
    if (event.channel != channel || event.exchange != response || event.direction != trace::Direction::to_agent ||
        !is_token_event(event))
      continue;
    json::error_code error;
    const Bytes text = trace::body_of<trace::Message>(event).text;
    const json::value frame = json::parse(json::string_view(text.data(), text.size()), error);
    const json::object* object = error ? nullptr : frame.if_object();
    if (object == nullptr || !object->contains("delta") || !object->at("delta").is_string()) continue;
    const auto member = [&](const char* key) {
      const json::value* value = object->if_contains(key);
      return value == nullptr ? std::string() : json::serialize(*value);
    };
    Deltas& deltas = found[member("type") + member("item_id") + member("content_index")];
    deltas.positions.push_back(each.index());
    deltas.frames.push_back(*object);
    deltas.text += std::string_view(object->at("delta").as_string().data(), object->at("delta").as_string().size());
  }
  return found;
}

// Pieces stand where deltas stood: several at one place where there are more of them, at some places only where there
// are fewer.
void rechunk(trace::Trace& recording, trace::ChannelId channel, const Mutation& mutation) {
  std::map<std::size_t, std::vector<Event>> instead;
  for (const auto& [key, deltas] : deltas_of(recording, channel, mutation.at)) {
    const std::vector<std::string_view> pieces = pieces_of(deltas.text, std::max<std::uint64_t>(mutation.count, 1));
    for (const std::size_t position : deltas.positions) instead[position] = {};
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const std::size_t place = i * deltas.positions.size() / pieces.size();
      Event event = recording.events[deltas.positions[place]];
      event.body = trace::encode_body(trace::Message{with_delta(deltas.frames[place], pieces[i])});
      instead[deltas.positions[place]].push_back(std::move(event));
    }
  }
  trace::EventLog events(recording.events.scratch());
  for (auto each = recording.events.begin(); each != recording.events.end(); ++each) {
    const auto changed = instead.find(each.index());
    if (changed == instead.end()) {
      events.push_back(*each);
    } else {
      for (const Event& event : changed->second) events.push_back(event);
    }
  }
  recording.events = std::move(events);
}

// Within the first character that has several octets, else in the middle.
std::size_t cut_within(BytesView text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (static_cast<unsigned char>(text[i]) >= 0xC0) return i + 1;
  }
  return text.size() / 2;
}

void split_octets(trace::Trace& recording, trace::ChannelId channel, const Mutation& mutation) {
  std::uint64_t part = 0;
  for (auto each = recording.events.begin(); each != recording.events.end(); ++each) {
    Event event = *each;
    if (event.channel != channel || event.exchange != mutation.at || event.kind != trace::EventKind::response_part) {
      continue;
    }
    if (++part != mutation.count) continue;
    const Bytes whole = trace::body_of<trace::ResponsePart>(event).body;
    const std::size_t cut = cut_within(whole);
    if (cut == 0) return;
    Event second = event;
    event.body = trace::encode_body(trace::ResponsePart{.body = whole.substr(0, cut)});
    second.body = trace::encode_body(trace::ResponsePart{.body = whole.substr(cut)});
    const std::size_t position = each.index();
    recording.events.replace(position, event);
    recording.events.insert(position + 1, second);
    return;
  }
}

// Everything that the model sends of the response comes `count` times as long behind its first event.
void stretch(trace::Trace& recording, trace::ChannelId channel, const Mutation& mutation) {
  constexpr Duration kLongest = seconds(3600);
  const auto earlier = [](const Event& a, const Event& b) { return a.at < b.at; };
  const auto factor = static_cast<std::int64_t>(std::min<std::uint64_t>(mutation.count, 1000));
  std::optional<VirtualTime> begin;
  std::vector<Event> events = recording.events.all();
  if (!std::is_sorted(events.begin(), events.end(), earlier)) return;
  for (Event& event : events) {
    if (event.channel != channel || event.exchange != mutation.at || event.direction != trace::Direction::to_agent) {
      continue;
    }
    if (!begin) begin = event.at;
    const Duration gap = std::min(event.at - *begin, kLongest);
    event.at = *begin + std::min(kLongest, nanoseconds(gap.ns() * factor));
  }
  std::stable_sort(events.begin(), events.end(), earlier);
  recording.events = trace::EventLog(events, recording.events.scratch());
}

void split_token(trace::Trace& recording, trace::ChannelId channel, const Mutation& mutation) {
  std::uint64_t tokens = 0;
  for (auto each = recording.events.begin(); each != recording.events.end(); ++each) {
    const Event& event = *each;
    if (event.channel != channel || event.exchange != mutation.at || event.direction != trace::Direction::to_agent ||
        !is_token_event(event))
      continue;
    if (++tokens != mutation.count) continue;
    split(recording, each.index());
    return;
  }
}

}  // namespace

void mutate_stream(const Mutation& mutation, trace::Trace& recording) {
  const trace::Channel* channel = recording.channels.find(mutation.channel);
  if (channel == nullptr || channel->kind != trace::ChannelKind::model) return;
  if (mutation.name == MutationName::split_token) split_token(recording, channel->id, mutation);
  if (mutation.name == MutationName::rechunk) rechunk(recording, channel->id, mutation);
  if (mutation.name == MutationName::split_octets) split_octets(recording, channel->id, mutation);
  if (mutation.name == MutationName::latency) stretch(recording, channel->id, mutation);
}

}  // namespace ringback::sim
