// The builders of realtime.h: each writes the JSON and the same fields that parse_realtime would read out of it.
#include <span>

#include "src/base/base64.h"
#include "src/wire/json_text.h"
#include "src/wire/realtime.h"

namespace ringback::wire {

namespace {

RealtimeFrame frame_of(RealtimeType type, std::string_view event_id = {}) {
  RealtimeFrame frame;
  frame.type = type;
  frame.type_name = name_of(type);
  frame.event_id = event_id;
  return frame;
}

JsonObject object_of(const RealtimeFrame& frame) {
  JsonObject object;
  object.text("type", frame.type_name);
  if (!frame.event_id.empty()) object.text("event_id", frame.event_id);
  return object;
}

RealtimeFrame finished(RealtimeFrame frame, JsonObject object) {
  frame.text = std::move(object).finish();
  return frame;
}

Bytes part_json(std::string_view part_type, BytesView transcript) {
  const bool is_audio = part_type == "audio" || part_type == "output_audio" || part_type == "input_audio";
  JsonObject part;
  part.text("type", part_type).text(is_audio ? "transcript" : "text", transcript);
  return std::move(part).finish();
}

Bytes item_json(const RealtimeItem& item) {
  JsonObject object;
  if (!item.id.empty()) object.text("id", item.id);
  object.text("type", item.type).text("status", item.status);
  if (item.type == "function_call") {
    object.text("name", item.name).text("call_id", item.call_id).text("arguments", item.arguments);
  } else if (item.type == "function_call_output") {
    object.text("call_id", item.call_id).text("output", item.output);
  } else {
    object.text("role", item.role);
    object.raw("content", item.part_type.empty() ? "[]" : "[" + part_json(item.part_type, item.transcript) + "]");
  }
  return std::move(object).finish();
}

void take_item(const RealtimeItem& item, RealtimeFrame& frame) {
  frame.item_id = item.id;
  frame.item_type = item.type;
  frame.status = item.status;
  if (item.type == "function_call") {
    frame.name = item.name;
    frame.call_id = item.call_id;
    frame.arguments = item.arguments;
  } else if (item.type == "function_call_output") {
    frame.call_id = item.call_id;
    frame.output = item.output;
  } else {
    frame.role = item.role;
    if (!item.part_type.empty()) frame.transcript = item.transcript;
  }
}

RealtimeFrame session_frame(RealtimeType type, std::string_view event_id, BytesView session_json) {
  RealtimeFrame frame = frame_of(type, event_id);
  JsonObject object = object_of(frame);
  object.raw("session", session_json);
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame item_frame(RealtimeType type, std::string_view event_id, std::string_view previous_item_id,
                         const RealtimeItem& item) {
  RealtimeFrame frame = frame_of(type, event_id);
  frame.previous_item_id = previous_item_id;
  take_item(item, frame);
  JsonObject object = object_of(frame);
  object.text_or_null("previous_item_id", previous_item_id).raw("item", item_json(item));
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame output_item_frame(RealtimeType type, const RealtimePlace& place, const RealtimeItem& item) {
  RealtimeFrame frame = frame_of(type, place.event_id);
  frame.response_id = place.response_id;
  frame.output_index = place.output_index;
  take_item(item, frame);
  JsonObject object = object_of(frame);
  object.text("response_id", place.response_id).number("output_index", place.output_index).raw("item", item_json(item));
  return finished(std::move(frame), std::move(object));
}

// A frame about one content part, and its JSON so far.
struct Placed {
  RealtimeFrame frame;
  JsonObject object;
};

Placed placed(RealtimeType type, const RealtimePlace& place) {
  RealtimeFrame frame = frame_of(type, place.event_id);
  frame.response_id = place.response_id;
  frame.item_id = place.item_id;
  frame.output_index = place.output_index;
  frame.content_index = place.content_index;
  JsonObject object = object_of(frame);
  object.text("response_id", place.response_id)
      .text("item_id", place.item_id)
      .number("output_index", place.output_index)
      .number("content_index", place.content_index);
  return {.frame = std::move(frame), .object = std::move(object)};
}

// The same for a function call's arguments, which have a call id in place of a content index.
Placed placed_call(RealtimeType type, const RealtimePlace& place, std::string_view call_id) {
  RealtimeFrame frame = frame_of(type, place.event_id);
  frame.response_id = place.response_id;
  frame.item_id = place.item_id;
  frame.output_index = place.output_index;
  frame.call_id = call_id;
  JsonObject object = object_of(frame);
  object.text("response_id", place.response_id)
      .text("item_id", place.item_id)
      .number("output_index", place.output_index)
      .text("call_id", call_id);
  return {.frame = std::move(frame), .object = std::move(object)};
}

RealtimeFrame delta_frame(RealtimeType type, const RealtimePlace& place, BytesView delta) {
  auto [frame, object] = placed(type, place);
  frame.delta = delta;
  object.text("delta", delta);
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame whole_frame(RealtimeType type, const RealtimePlace& place, std::string_view key, BytesView text) {
  auto [frame, object] = placed(type, place);
  frame.transcript = text;
  object.text(key, text);
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame truncation(RealtimeType type, std::string_view event_id, std::string_view item_id,
                         std::int64_t audio_end_ms) {
  RealtimeFrame frame = frame_of(type, event_id);
  frame.item_id = item_id;
  frame.audio_end_ms = audio_end_ms;
  JsonObject object = object_of(frame);
  object.text("item_id", item_id).number("content_index", 0).number("audio_end_ms", audio_end_ms);
  return finished(std::move(frame), std::move(object));
}

}  // namespace

RealtimeFrame append_audio(BytesView samples) {
  RealtimeFrame frame = frame_of(RealtimeType::input_audio_append);
  frame.audio = samples;
  // Fifty times a second of a call: written at once.
  constexpr std::string_view kBegin = R"({"type":"input_audio_buffer.append","audio":")";
  frame.text.reserve(kBegin.size() + (samples.size() + 2) / 3 * 4 + 2);
  frame.text = kBegin;
  append_base64(samples, frame.text);
  frame.text += "\"}";
  return frame;
}

RealtimeFrame session_update(BytesView session_json) {
  return session_frame(RealtimeType::session_update, {}, session_json);
}

RealtimeFrame create_user_text(BytesView text) {
  RealtimeFrame frame = frame_of(RealtimeType::item_create);
  frame.item_type = "message";
  frame.role = "user";
  frame.transcript = text;
  JsonObject item;
  item.text("type", "message").text("role", "user").raw("content", "[" + part_json("input_text", text) + "]");
  JsonObject object = object_of(frame);
  object.raw("item", std::move(item).finish());
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame create_function_output(std::string_view call_id, BytesView output) {
  RealtimeFrame frame = frame_of(RealtimeType::item_create);
  frame.item_type = "function_call_output";
  frame.call_id = call_id;
  frame.output = output;
  JsonObject item;
  item.text("type", "function_call_output").text("call_id", call_id).text("output", output);
  JsonObject object = object_of(frame);
  object.raw("item", std::move(item).finish());
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame response_create(BytesView response_json) {
  RealtimeFrame frame = frame_of(RealtimeType::response_create);
  JsonObject object = object_of(frame);
  if (!response_json.empty()) object.raw("response", response_json);
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame response_cancel() {
  RealtimeFrame frame = frame_of(RealtimeType::response_cancel);
  JsonObject object = object_of(frame);
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame truncate(std::string_view item_id, std::int64_t audio_end_ms) {
  return truncation(RealtimeType::item_truncate, {}, item_id, audio_end_ms);
}

RealtimeFrame session_created(std::string_view event_id, BytesView session_json) {
  return session_frame(RealtimeType::session_created, event_id, session_json);
}

RealtimeFrame session_updated(std::string_view event_id, BytesView session_json) {
  return session_frame(RealtimeType::session_updated, event_id, session_json);
}

RealtimeFrame item_added(std::string_view event_id, std::string_view previous_item_id, const RealtimeItem& item) {
  return item_frame(RealtimeType::item_added, event_id, previous_item_id, item);
}

RealtimeFrame item_done(std::string_view event_id, std::string_view previous_item_id, const RealtimeItem& item) {
  return item_frame(RealtimeType::item_done, event_id, previous_item_id, item);
}

RealtimeFrame item_retrieved(std::string_view event_id, const RealtimeItem& item) {
  RealtimeFrame frame = frame_of(RealtimeType::item_retrieved, event_id);
  take_item(item, frame);
  JsonObject object = object_of(frame);
  object.raw("item", item_json(item));
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame item_deleted(std::string_view event_id, std::string_view item_id) {
  RealtimeFrame frame = frame_of(RealtimeType::item_deleted, event_id);
  frame.item_id = item_id;
  JsonObject object = object_of(frame);
  object.text("item_id", item_id);
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame audio_cleared(std::string_view event_id) {
  RealtimeFrame frame = frame_of(RealtimeType::input_audio_cleared, event_id);
  return finished(std::move(frame), object_of(frame));
}

RealtimeFrame item_truncated(std::string_view event_id, std::string_view item_id, std::int64_t audio_end_ms) {
  return truncation(RealtimeType::item_truncated, event_id, item_id, audio_end_ms);
}

RealtimeFrame speech_started(std::string_view event_id, std::string_view item_id, std::int64_t audio_start_ms) {
  RealtimeFrame frame = frame_of(RealtimeType::speech_started, event_id);
  frame.item_id = item_id;
  frame.audio_start_ms = audio_start_ms;
  JsonObject object = object_of(frame);
  object.number("audio_start_ms", audio_start_ms).text("item_id", item_id);
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame speech_stopped(std::string_view event_id, std::string_view item_id, std::int64_t audio_end_ms) {
  RealtimeFrame frame = frame_of(RealtimeType::speech_stopped, event_id);
  frame.item_id = item_id;
  frame.audio_end_ms = audio_end_ms;
  JsonObject object = object_of(frame);
  object.number("audio_end_ms", audio_end_ms).text("item_id", item_id);
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame committed(std::string_view event_id, std::string_view previous_item_id, std::string_view item_id) {
  RealtimeFrame frame = frame_of(RealtimeType::input_audio_committed, event_id);
  frame.item_id = item_id;
  frame.previous_item_id = previous_item_id;
  JsonObject object = object_of(frame);
  object.text_or_null("previous_item_id", previous_item_id).text("item_id", item_id);
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame input_transcription_completed(std::string_view event_id, std::string_view item_id, BytesView transcript) {
  RealtimeFrame frame = frame_of(RealtimeType::input_transcription_completed, event_id);
  frame.item_id = item_id;
  frame.transcript = transcript;
  JsonObject object = object_of(frame);
  object.text("item_id", item_id).number("content_index", 0).text("transcript", transcript);
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame response_created(std::string_view event_id, std::string_view response_id) {
  RealtimeFrame frame = frame_of(RealtimeType::response_created, event_id);
  frame.response_id = response_id;
  frame.status = "in_progress";
  JsonObject response;
  response.text("object", "realtime.response").text("id", response_id).text("status", "in_progress");
  response.raw("status_details", "null").raw("output", "[]");
  JsonObject object = object_of(frame);
  object.raw("response", std::move(response).finish());
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame response_done(std::string_view event_id, std::string_view response_id, std::string_view status,
                            std::string_view reason, const std::vector<RealtimeItem>& output) {
  RealtimeFrame frame = frame_of(RealtimeType::response_done, event_id);
  frame.response_id = response_id;
  frame.status = status;
  frame.reason = reason;
  JsonObject response;
  response.text("object", "realtime.response").text("id", response_id).text("status", status);
  if (reason.empty()) {
    response.raw("status_details", "null");
  } else {
    JsonObject details;
    details.text("type", status).text("reason", reason);
    response.raw("status_details", std::move(details).finish());
  }
  Bytes items;
  for (const RealtimeItem& item : output) {
    if (!items.empty()) items += ',';
    items += item_json(item);
  }
  response.raw("output", "[" + items + "]");
  JsonObject object = object_of(frame);
  object.raw("response", std::move(response).finish());
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame output_item_added(const RealtimePlace& place, const RealtimeItem& item) {
  return output_item_frame(RealtimeType::output_item_added, place, item);
}

RealtimeFrame output_item_done(const RealtimePlace& place, const RealtimeItem& item) {
  return output_item_frame(RealtimeType::output_item_done, place, item);
}

RealtimeFrame content_part_added(const RealtimePlace& place, std::string_view part_type) {
  auto [frame, object] = placed(RealtimeType::content_part_added, place);
  object.raw("part", part_json(part_type, {}));
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame content_part_done(const RealtimePlace& place, std::string_view part_type, BytesView transcript) {
  auto [frame, object] = placed(RealtimeType::content_part_done, place);
  frame.transcript = transcript;
  object.raw("part", part_json(part_type, transcript));
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame output_audio_delta(const RealtimePlace& place, BytesView samples) {
  auto [frame, object] = placed(RealtimeType::output_audio_delta, place);
  frame.audio = samples;
  object.text("delta", base64_encode(samples));
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame output_audio_done(const RealtimePlace& place) {
  auto [frame, object] = placed(RealtimeType::output_audio_done, place);
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame audio_transcript_delta(const RealtimePlace& place, BytesView delta) {
  return delta_frame(RealtimeType::audio_transcript_delta, place, delta);
}

RealtimeFrame audio_transcript_done(const RealtimePlace& place, BytesView transcript) {
  return whole_frame(RealtimeType::audio_transcript_done, place, "transcript", transcript);
}

RealtimeFrame text_delta(const RealtimePlace& place, BytesView delta) {
  return delta_frame(RealtimeType::output_text_delta, place, delta);
}

RealtimeFrame text_done(const RealtimePlace& place, BytesView text) {
  return whole_frame(RealtimeType::output_text_done, place, "text", text);
}

RealtimeFrame function_call_arguments_delta(const RealtimePlace& place, std::string_view call_id, BytesView delta) {
  auto [frame, object] = placed_call(RealtimeType::arguments_delta, place, call_id);
  frame.delta = delta;
  object.text("delta", delta);
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame function_call_arguments_done(const RealtimePlace& place, std::string_view call_id, std::string_view name,
                                           BytesView arguments) {
  auto [frame, object] = placed_call(RealtimeType::arguments_done, place, call_id);
  frame.name = name;
  frame.arguments = arguments;
  object.text("name", name).text("arguments", arguments);
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame rate_limits_updated(std::string_view event_id) {
  RealtimeFrame frame = frame_of(RealtimeType::rate_limits_updated, event_id);
  JsonObject object = object_of(frame);
  object.raw("rate_limits", "[]");
  return finished(std::move(frame), std::move(object));
}

RealtimeFrame error_event(std::string_view event_id, std::string_view kind, std::string_view code, BytesView message,
                          std::string_view client_event_id) {
  RealtimeFrame frame = frame_of(RealtimeType::error, event_id);
  frame.code = code;
  frame.message = message;
  JsonObject error;
  error.text("type", kind).text_or_null("code", code).text("message", message);
  error.raw("param", "null").text_or_null("event_id", client_event_id);
  JsonObject object = object_of(frame);
  object.raw("error", std::move(error).finish());
  return finished(std::move(frame), std::move(object));
}

}  // namespace ringback::wire
