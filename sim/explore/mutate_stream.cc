// Mutations of the model's recorded stream.
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
  Event& event = recording.events[position];
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
  recording.events.insert(recording.events.begin() + static_cast<std::ptrdiff_t>(position) + 1, std::move(second));
}

}  // namespace

void mutate_stream(const Mutation& mutation, trace::Trace& recording) {
  const trace::Channel* channel = recording.channels.find(mutation.channel);
  if (channel == nullptr || channel->kind != trace::ChannelKind::model) return;
  std::uint64_t tokens = 0;
  for (std::size_t i = 0; i < recording.events.size(); ++i) {
    const Event& event = recording.events[i];
    if (event.channel != channel->id || event.exchange != mutation.at ||
        event.direction != trace::Direction::to_agent || !is_token_event(event))
      continue;
    if (++tokens != mutation.count) continue;
    split(recording, i);
    return;
  }
}

}  // namespace ringback::sim
