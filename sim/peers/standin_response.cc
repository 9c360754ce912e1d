#include "sim/peers/standin_response.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "src/audio/tone.h"

namespace ringback::sim {
namespace {

using wire::RealtimeFrame;

// Adds frames one after the other at the current distance from the cause.
class Builder {
 public:
  explicit Builder(const StandinRequest& request)
      : at_(kStandinLatency + request.extra_latency),
        response_id_(fmt::format("resp_standin_{}", request.number)),
        item_id_(fmt::format("item_standin_{}", request.number)) {}

  wire::RealtimePlace place() {
    event_id_ = fmt::format("event_{}_{}", response_id_, ++events_);
    return {.event_id = event_id_, .response_id = response_id_, .item_id = item_id_};
  }
  const std::string& next_event_id() { return place(), event_id_; }
  void add(RealtimeFrame frame) { script_.push_back(made_up_frame(at_, std::move(frame))); }
  void wait(Duration duration) { at_ += duration; }
  const std::string& response_id() const { return response_id_; }
  const std::string& item_id() const { return item_id_; }
  Script take() { return std::move(script_); }

 private:
  Duration at_;
  std::string response_id_;
  std::string item_id_;
  std::string event_id_;
  int events_ = 0;
  Script script_;
};

// The sentence in words, each with the space that follows it: the deltas.
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const std::size_t length = space == std::string_view::npos ? text.size() : space + 1;
    words.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return words;
}

void add_spoken(Builder& builder, std::string_view say, const audio::Format& format) {
  builder.add(wire::content_part_added(builder.place(), "audio"));
  const Bytes sound = audio::tone_speech(say, format);
  const std::size_t delta_bytes = audio::bytes_for(kStandinDelta, format);
  const std::vector<std::string_view> words = words_of(say);
  const std::size_t deltas = (sound.size() + delta_bytes - 1) / delta_bytes;
  std::size_t word = 0;
  for (std::size_t i = 0; i < deltas; ++i) {
    for (; word * deltas < words.size() * (i + 1) && word < words.size(); ++word) {
      builder.add(wire::audio_transcript_delta(builder.place(), words[word]));
    }
    builder.add(wire::output_audio_delta(builder.place(), BytesView(sound).substr(i * delta_bytes, delta_bytes)));
    builder.wait(kStandinPace);
  }
  builder.add(wire::output_audio_done(builder.place()));
  builder.add(wire::audio_transcript_done(builder.place(), say));
  builder.add(wire::content_part_done(builder.place(), "audio", say));
}

void add_written(Builder& builder, std::string_view say) {
  builder.add(wire::content_part_added(builder.place(), "text"));
  for (const std::string_view word : words_of(say)) {
    builder.add(wire::text_delta(builder.place(), word));
    builder.wait(kStandinPace);
  }
  builder.add(wire::text_done(builder.place(), say));
  builder.add(wire::content_part_done(builder.place(), "text", say));
}

void finish(Builder& builder, const wire::RealtimeItem& item) {
  builder.add(wire::item_done(builder.next_event_id(), "", item));
  builder.add(wire::output_item_done(builder.place(), item));
  builder.add(wire::response_done(builder.next_event_id(), builder.response_id(), "completed", "", {item}));
}

void add_message(Builder& builder, std::string_view say, const SessionSettings& settings) {
  const std::string item_id = builder.item_id();
  const wire::RealtimeItem begun{.id = item_id, .status = "in_progress"};
  builder.add(wire::output_item_added(builder.place(), begun));
  builder.add(wire::item_added(builder.next_event_id(), "", begun));
  if (settings.speaks) {
    add_spoken(builder, say, settings.output);
  } else {
    add_written(builder, say);
  }
  finish(builder, {.id = item_id, .part_type = settings.speaks ? "output_audio" : "output_text", .transcript = say});
}

void add_call(Builder& builder, std::uint32_t number, const Improvised& call) {
  const std::string item_id = builder.item_id();
  const std::string call_id = fmt::format("call_standin_{}", number);
  const wire::RealtimeItem begun{
      .id = item_id, .type = "function_call", .status = "in_progress", .name = call.function, .call_id = call_id};
  builder.add(wire::output_item_added(builder.place(), begun));
  builder.add(wire::item_added(builder.next_event_id(), "", begun));
  builder.wait(kStandinPace);
  builder.add(wire::function_call_arguments_delta(builder.place(), call_id, call.arguments));
  builder.add(wire::function_call_arguments_done(builder.place(), call_id, call.function, call.arguments));
  finish(
      builder,
      {.id = item_id, .type = "function_call", .name = call.function, .call_id = call_id, .arguments = call.arguments});
}

}  // namespace

Script make_standin_response(const StandinRequest& request) {
  Builder builder(request);
  builder.add(wire::response_created(builder.next_event_id(), builder.response_id()));
  switch (request.what.act) {
    case Improvised::Act::say:
      add_message(builder, request.what.say, request.settings);
      break;
    case Improvised::Act::call:
      add_call(builder, request.number, request.what);
      break;
    case Improvised::Act::nothing:
      builder.add(wire::response_done(builder.next_event_id(), builder.response_id(), "completed", ""));
      break;
  }
  return builder.take();
}

}  // namespace ringback::sim
