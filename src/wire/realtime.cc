#include "src/wire/realtime.h"

#include <array>
#include <limits>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "src/base/base64.h"
#include "src/base/error.h"
#include "src/wire/flat_object.h"

namespace ringback::wire {

namespace json = boost::json;

namespace {

struct TypeName {
  RealtimeType type;
  std::string_view name;
};

// The first name of a type is the one of the general release, later ones are the beta's.
constexpr std::array kTypeNames = {
    TypeName{RealtimeType::input_audio_append, "input_audio_buffer.append"},
    TypeName{RealtimeType::output_audio_delta, "response.output_audio.delta"},
    TypeName{RealtimeType::audio_transcript_delta, "response.output_audio_transcript.delta"},
    TypeName{RealtimeType::output_text_delta, "response.output_text.delta"},
    TypeName{RealtimeType::arguments_delta, "response.function_call_arguments.delta"},
    TypeName{RealtimeType::session_update, "session.update"},
    TypeName{RealtimeType::input_audio_commit, "input_audio_buffer.commit"},
    TypeName{RealtimeType::input_audio_clear, "input_audio_buffer.clear"},
    TypeName{RealtimeType::item_create, "conversation.item.create"},
    TypeName{RealtimeType::item_retrieve, "conversation.item.retrieve"},
    TypeName{RealtimeType::item_delete, "conversation.item.delete"},
    TypeName{RealtimeType::item_truncate, "conversation.item.truncate"},
    TypeName{RealtimeType::response_create, "response.create"},
    TypeName{RealtimeType::response_cancel, "response.cancel"},
    TypeName{RealtimeType::output_audio_clear, "output_audio_buffer.clear"},
    TypeName{RealtimeType::session_created, "session.created"},
    TypeName{RealtimeType::session_updated, "session.updated"},
    TypeName{RealtimeType::conversation_created, "conversation.created"},
    TypeName{RealtimeType::item_added, "conversation.item.added"},
    TypeName{RealtimeType::item_done, "conversation.item.done"},
    TypeName{RealtimeType::item_retrieved, "conversation.item.retrieved"},
    TypeName{RealtimeType::item_deleted, "conversation.item.deleted"},
    TypeName{RealtimeType::item_truncated, "conversation.item.truncated"},
    TypeName{RealtimeType::input_transcription_delta, "conversation.item.input_audio_transcription.delta"},
    TypeName{RealtimeType::input_transcription_completed, "conversation.item.input_audio_transcription.completed"},
    TypeName{RealtimeType::input_transcription_failed, "conversation.item.input_audio_transcription.failed"},
    TypeName{RealtimeType::input_transcription_segment, "conversation.item.input_audio_transcription.segment"},
    TypeName{RealtimeType::input_audio_committed, "input_audio_buffer.committed"},
    TypeName{RealtimeType::input_audio_cleared, "input_audio_buffer.cleared"},
    TypeName{RealtimeType::speech_started, "input_audio_buffer.speech_started"},
    TypeName{RealtimeType::speech_stopped, "input_audio_buffer.speech_stopped"},
    TypeName{RealtimeType::input_audio_timeout, "input_audio_buffer.timeout_triggered"},
    TypeName{RealtimeType::response_created, "response.created"},
    TypeName{RealtimeType::response_done, "response.done"},
    TypeName{RealtimeType::output_item_added, "response.output_item.added"},
    TypeName{RealtimeType::output_item_done, "response.output_item.done"},
    TypeName{RealtimeType::content_part_added, "response.content_part.added"},
    TypeName{RealtimeType::content_part_done, "response.content_part.done"},
    TypeName{RealtimeType::output_text_done, "response.output_text.done"},
    TypeName{RealtimeType::output_audio_done, "response.output_audio.done"},
    TypeName{RealtimeType::audio_transcript_done, "response.output_audio_transcript.done"},
    TypeName{RealtimeType::arguments_done, "response.function_call_arguments.done"},
    TypeName{RealtimeType::output_audio_started, "output_audio_buffer.started"},
    TypeName{RealtimeType::output_audio_stopped, "output_audio_buffer.stopped"},
    TypeName{RealtimeType::output_audio_cleared, "output_audio_buffer.cleared"},
    TypeName{RealtimeType::rate_limits_updated, "rate_limits.updated"},
    TypeName{RealtimeType::error, "error"},
    TypeName{RealtimeType::output_text_delta, "response.text.delta"},
    TypeName{RealtimeType::output_text_done, "response.text.done"},
    TypeName{RealtimeType::output_audio_delta, "response.audio.delta"},
    TypeName{RealtimeType::output_audio_done, "response.audio.done"},
    TypeName{RealtimeType::audio_transcript_delta, "response.audio_transcript.delta"},
    TypeName{RealtimeType::audio_transcript_done, "response.audio_transcript.done"},
    TypeName{RealtimeType::item_added, "conversation.item.created"},
};

RealtimeType type_named(std::string_view name) {
  for (const TypeName& entry : kTypeNames) {
    if (entry.name == name) return entry.type;
  }
  return RealtimeType::other;
}

std::string_view text_member(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains(key);
  const json::string* text = member == nullptr ? nullptr : member->if_string();
  return text == nullptr ? std::string_view() : std::string_view(text->data(), text->size());
}

const json::object* object_member(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains(key);
  return member == nullptr ? nullptr : member->if_object();
}

std::optional<std::int64_t> integer_member(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains(key);
  const std::int64_t* number = member == nullptr ? nullptr : member->if_int64();
  if (number == nullptr) return std::nullopt;
  return *number;
}

int index_member(const json::object& object, std::string_view key) {
  const std::int64_t index = integer_member(object, key).value_or(0);
  return index < 0 || index > std::numeric_limits<int>::max() ? 0 : static_cast<int>(index);
}

// Takes the member where the frame has nothing yet: what stands at the top counts more than what stands inside.
void take(std::string& field, const json::object& object, std::string_view key) {
  if (field.empty()) field = text_member(object, key);
}

void read_part(const json::object& part, RealtimeFrame& frame) {
  const std::string_view transcript = text_member(part, "transcript");
  frame.transcript += transcript.empty() ? text_member(part, "text") : transcript;
}

void read_item(const json::object& item, RealtimeFrame& frame) {
  take(frame.item_id, item, "id");
  take(frame.item_type, item, "type");
  take(frame.status, item, "status");
  take(frame.role, item, "role");
  take(frame.name, item, "name");
  take(frame.call_id, item, "call_id");
  take(frame.arguments, item, "arguments");
  take(frame.output, item, "output");
  const json::value* content = item.if_contains("content");
  const json::array* parts = content == nullptr ? nullptr : content->if_array();
  if (parts == nullptr) return;
  for (const json::value& part : *parts) {
    if (const json::object* fields = part.if_object()) read_part(*fields, frame);
  }
}

void read_response(const json::object& response, RealtimeFrame& frame) {
  take(frame.response_id, response, "id");
  take(frame.status, response, "status");
  const json::object* details = object_member(response, "status_details");
  if (details == nullptr) return;
  take(frame.reason, *details, "reason");
  if (const json::object* error = object_member(*details, "error")) take(frame.code, *error, "code");
}

void read_top(const json::object& top, RealtimeFrame& frame) {
  frame.event_id = text_member(top, "event_id");
  frame.response_id = text_member(top, "response_id");
  frame.item_id = text_member(top, "item_id");
  frame.previous_item_id = text_member(top, "previous_item_id");
  frame.call_id = text_member(top, "call_id");
  frame.name = text_member(top, "name");
  frame.arguments = text_member(top, "arguments");
  frame.transcript = text_member(top, "transcript");
  frame.audio_start_ms = integer_member(top, "audio_start_ms");
  frame.audio_end_ms = integer_member(top, "audio_end_ms");
  frame.output_index = index_member(top, "output_index");
  frame.content_index = index_member(top, "content_index");
  take(frame.transcript, top, "text");
}

void read_payload(const json::object& top, RealtimeFrame& frame) {
  if (frame.type == RealtimeType::output_audio_delta) {
    frame.audio = base64_decode(text_member(top, "delta")).value_or(Bytes());
  } else if (frame.type == RealtimeType::input_audio_append) {
    frame.audio = base64_decode(text_member(top, "audio")).value_or(Bytes());
  } else {
    frame.delta = text_member(top, "delta");
  }
}

// What parse_realtime looks at in a frame that has no objects inside.
struct FlatMembers {
  FlatValue type, event_id, response_id, item_id, previous_item_id, call_id, name, arguments, transcript, text, delta,
      audio, audio_start_ms, audio_end_ms, output_index, content_index;

  FlatValue* named(std::string_view key) {
    struct Named {
      std::string_view key;
      FlatValue FlatMembers::*member;
    };
    static constexpr Named kNamed[] = {{"type", &FlatMembers::type},
                                       {"audio", &FlatMembers::audio},
                                       {"event_id", &FlatMembers::event_id},
                                       {"response_id", &FlatMembers::response_id},
                                       {"item_id", &FlatMembers::item_id},
                                       {"output_index", &FlatMembers::output_index},
                                       {"content_index", &FlatMembers::content_index},
                                       {"delta", &FlatMembers::delta},
                                       {"previous_item_id", &FlatMembers::previous_item_id},
                                       {"call_id", &FlatMembers::call_id},
                                       {"name", &FlatMembers::name},
                                       {"arguments", &FlatMembers::arguments},
                                       {"transcript", &FlatMembers::transcript},
                                       {"text", &FlatMembers::text},
                                       {"audio_start_ms", &FlatMembers::audio_start_ms},
                                       {"audio_end_ms", &FlatMembers::audio_end_ms}};
    for (const Named& each : kNamed) {
      if (each.key == key) return &(this->*each.member);
    }
    return nullptr;
  }
};

int index_of(const FlatValue& value) {
  const std::int64_t index = value.number.value_or(0);
  return index > std::numeric_limits<int>::max() ? 0 : static_cast<int>(index);
}

// Most frames carry sound or a few letters and nothing inside: that is read without a tree. False, with the frame as it
// was, where it is another.
bool parse_flat(BytesView text, RealtimeFrame& frame) {
  FlatMembers members;
  FlatObjectReader reader(text);
  while (reader.next()) {
    if (FlatValue* member = members.named(reader.key())) *member = reader.value();
  }
  if (!reader.is_flat() || members.type.text.empty()) return false;
  frame.type_name = members.type.text;
  frame.type = type_named(frame.type_name);
  frame.text = text;
  frame.event_id = members.event_id.text;
  frame.response_id = members.response_id.text;
  frame.item_id = members.item_id.text;
  frame.previous_item_id = members.previous_item_id.text;
  frame.call_id = members.call_id.text;
  frame.name = members.name.text;
  frame.arguments = members.arguments.text;
  frame.transcript = members.transcript.text.empty() ? members.text.text : members.transcript.text;
  frame.audio_start_ms = members.audio_start_ms.number;
  frame.audio_end_ms = members.audio_end_ms.number;
  frame.output_index = index_of(members.output_index);
  frame.content_index = index_of(members.content_index);
  for (std::string* inside :
       {&frame.role, &frame.item_type, &frame.status, &frame.reason, &frame.code, &frame.message, &frame.output})
    inside->clear();
  const bool is_delta = frame.type == RealtimeType::output_audio_delta;
  const bool is_append = frame.type == RealtimeType::input_audio_append;
  frame.delta = is_delta || is_append ? std::string_view() : members.delta.text;
  const std::string_view audio = is_delta ? members.delta.text : is_append ? members.audio.text : std::string_view();
  if (!base64_decode(audio, frame.audio)) frame.audio.clear();
  return true;
}

}  // namespace

RealtimeFrame parse_realtime(BytesView text) {
  RealtimeFrame frame;
  parse_realtime(text, frame);
  return frame;
}

void parse_realtime(BytesView text, RealtimeFrame& frame) {
  if (parse_flat(text, frame)) return;
  boost::system::error_code code;
  const json::value document = json::parse(json::string_view(text.data(), text.size()), code);
  if (code) fail("realtime frame: expected JSON, found \"{}\" ({})", text.substr(0, 40), code.message());
  const json::object* top = document.if_object();
  if (top == nullptr) fail("realtime frame: expected a JSON object, found \"{}\"", text.substr(0, 40));
  frame = {};
  frame.type_name = text_member(*top, "type");
  if (frame.type_name.empty()) fail("realtime frame: expected a \"type\", found \"{}\"", text.substr(0, 40));
  frame.type = type_named(frame.type_name);
  frame.text = text;
  read_top(*top, frame);
  read_payload(*top, frame);
  if (const json::object* item = object_member(*top, "item")) read_item(*item, frame);
  if (const json::object* part = object_member(*top, "part")) read_part(*part, frame);
  if (const json::object* response = object_member(*top, "response")) read_response(*response, frame);
  if (const json::object* error = object_member(*top, "error")) {
    take(frame.code, *error, "code");
    take(frame.message, *error, "message");
  }
}

RealtimeFrame with_audio(const RealtimeFrame& frame, BytesView samples) {
  boost::system::error_code code;
  json::value document = json::parse(json::string_view(frame.text.data(), frame.text.size()), code);
  json::object* top = document.if_object();
  if (code || top == nullptr) return frame;
  RealtimeFrame changed = frame;
  (*top)[frame.type == RealtimeType::input_audio_append ? "audio" : "delta"] = base64_encode(samples);
  changed.audio = samples;
  changed.text = json::serialize(document);
  return changed;
}

bool is_token(RealtimeType type) {
  return type == RealtimeType::output_text_delta || type == RealtimeType::audio_transcript_delta ||
         type == RealtimeType::arguments_delta;
}

bool is_client_type(RealtimeType type) {
  return type >= RealtimeType::session_update && type <= RealtimeType::output_audio_clear;
}

std::string_view name_of(RealtimeType type) {
  for (const TypeName& entry : kTypeNames) {
    if (entry.type == type) return entry.name;
  }
  return {};
}

}  // namespace ringback::wire
