// Frames of the OpenAI Realtime protocol over WebSocket, as JSON text and as the fields that we look at.
//
// Names are those of the general release; the beta's names (response.audio.delta, conversation.item.created, ...) are
// accepted and mapped to them, `type_name` keeps what stood on the wire. A frame of a type that we do not know is
// RealtimeType::other.
//
//   RealtimeFrame frame = parse_realtime(message.text);
//   if (frame.type == RealtimeType::output_audio_delta) play(frame.audio);
//   send(create_function_output(frame.call_id, result).text);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/bytes.h"

namespace ringback::wire {

enum class RealtimeType : std::uint8_t {
  other,
  // from the client
  session_update,
  input_audio_append,
  input_audio_commit,
  input_audio_clear,
  item_create,
  item_retrieve,
  item_delete,
  item_truncate,
  response_create,
  response_cancel,
  output_audio_clear,
  // from the server
  session_created,
  session_updated,
  conversation_created,
  item_added,
  item_done,
  item_retrieved,
  item_deleted,
  item_truncated,
  input_transcription_delta,
  input_transcription_completed,
  input_transcription_failed,
  input_transcription_segment,
  input_audio_committed,
  input_audio_cleared,
  speech_started,
  speech_stopped,
  input_audio_timeout,
  response_created,
  response_done,
  output_item_added,
  output_item_done,
  content_part_added,
  content_part_done,
  output_text_delta,
  output_text_done,
  output_audio_delta,
  output_audio_done,
  audio_transcript_delta,
  audio_transcript_done,
  arguments_delta,
  arguments_done,
  output_audio_started,
  output_audio_stopped,
  output_audio_cleared,
  rate_limits_updated,
  error,
};

// What is not in a frame is empty. `text` is the frame itself; all else is read out of it.
struct RealtimeFrame {
  RealtimeType type = RealtimeType::other;
  std::string type_name;
  Bytes text;  // the JSON, verbatim

  std::string event_id;
  std::string response_id;       // top level, or response.id
  std::string item_id;           // top level, or item.id
  std::string previous_item_id;  // empty where null
  std::string call_id;           // top level, or item.call_id
  std::string name;              // the function, top level or of the item
  std::string role;              // item.role
  std::string item_type;         // item.type: "message", "function_call", "function_call_output"
  std::string status;            // response.status, or item.status
  std::string reason;            // response.status_details.reason
  std::string code;              // error.code, or response.status_details.error.code
  std::string message;           // error.message
  Bytes delta;                   // of text, transcript or arguments
  // The samples of an audio delta or an append; empty too where they are not canonical base64.
  Bytes audio;
  Bytes arguments;  // top level, or of the item
  Bytes output;     // item.output of a function_call_output
  Bytes
      transcript;  // a finished text or transcript: top level, of the part, or of all the item's content parts in a row
  std::optional<std::int64_t> audio_start_ms;
  std::optional<std::int64_t> audio_end_ms;
  int output_index = 0;
  int content_index = 0;

  friend bool operator==(const RealtimeFrame&, const RealtimeFrame&) = default;
};

// Throws Error where `text` is not a JSON object with a string "type", or is nested deeper than 32.
RealtimeFrame parse_realtime(BytesView text);
// The same into a frame whose memory is used again. After an Error it is unspecified.
void parse_realtime(BytesView text, RealtimeFrame& frame);

// A token as fault offsets count it: a text, transcript or arguments delta of a response. Audio is not, nor is the
// transcript of what the caller said.
bool is_token(RealtimeType type);
inline bool is_token(const RealtimeFrame& frame) { return is_token(frame.type); }
// Whether the client (the agent) sends frames of this type; false for `other`.
bool is_client_type(RealtimeType type);
// The name of the general release; empty for `other`.
std::string_view name_of(RealtimeType type);

// The same append or audio delta with other samples; all else in it stays as it is.
RealtimeFrame with_audio(const RealtimeFrame& frame, BytesView samples);

// --- frames of the client ---

RealtimeFrame append_audio(BytesView samples);
RealtimeFrame session_update(BytesView session_json);
RealtimeFrame create_user_text(BytesView text);
RealtimeFrame create_function_output(std::string_view call_id, BytesView output);
// With overrides for this response where `response_json` is not empty.
RealtimeFrame response_create(BytesView response_json = {});
RealtimeFrame response_cancel();
RealtimeFrame truncate(std::string_view item_id, std::int64_t audio_end_ms);

// --- frames of the server ---

// An item of the conversation, for the builders.
struct RealtimeItem {
  std::string_view id;
  std::string_view type = "message";  // or "function_call", "function_call_output"
  std::string_view status = "completed";
  // message
  std::string_view role = "assistant";
  std::string_view part_type;  // "input_text", "input_audio", "output_text", "output_audio"; empty: no content yet
  BytesView transcript;        // the part's text
  // function_call, function_call_output
  std::string_view name;
  std::string_view call_id;
  BytesView arguments;
  BytesView output;
};

// Where in a response something belongs.
struct RealtimePlace {
  std::string_view event_id;
  std::string_view response_id;
  std::string_view item_id;
  int output_index = 0;
  int content_index = 0;
};

RealtimeFrame session_created(std::string_view event_id, BytesView session_json);
RealtimeFrame session_updated(std::string_view event_id, BytesView session_json);
RealtimeFrame item_added(std::string_view event_id, std::string_view previous_item_id, const RealtimeItem& item);
RealtimeFrame item_done(std::string_view event_id, std::string_view previous_item_id, const RealtimeItem& item);
RealtimeFrame item_retrieved(std::string_view event_id, const RealtimeItem& item);
RealtimeFrame item_deleted(std::string_view event_id, std::string_view item_id);
RealtimeFrame item_truncated(std::string_view event_id, std::string_view item_id, std::int64_t audio_end_ms);
RealtimeFrame speech_started(std::string_view event_id, std::string_view item_id, std::int64_t audio_start_ms);
RealtimeFrame speech_stopped(std::string_view event_id, std::string_view item_id, std::int64_t audio_end_ms);
RealtimeFrame committed(std::string_view event_id, std::string_view previous_item_id, std::string_view item_id);
RealtimeFrame audio_cleared(std::string_view event_id);
RealtimeFrame input_transcription_completed(std::string_view event_id, std::string_view item_id, BytesView transcript);
RealtimeFrame response_created(std::string_view event_id, std::string_view response_id);
// `status` is completed, cancelled, failed or incomplete; `reason` may be empty.
RealtimeFrame response_done(std::string_view event_id, std::string_view response_id, std::string_view status,
                            std::string_view reason, const std::vector<RealtimeItem>& output = {});
RealtimeFrame output_item_added(const RealtimePlace& place, const RealtimeItem& item);
RealtimeFrame output_item_done(const RealtimePlace& place, const RealtimeItem& item);
// `part_type` is "audio" or "text".
RealtimeFrame content_part_added(const RealtimePlace& place, std::string_view part_type);
RealtimeFrame content_part_done(const RealtimePlace& place, std::string_view part_type, BytesView transcript);
RealtimeFrame output_audio_delta(const RealtimePlace& place, BytesView samples);
RealtimeFrame output_audio_done(const RealtimePlace& place);
RealtimeFrame audio_transcript_delta(const RealtimePlace& place, BytesView delta);
RealtimeFrame audio_transcript_done(const RealtimePlace& place, BytesView transcript);
RealtimeFrame text_delta(const RealtimePlace& place, BytesView delta);
RealtimeFrame text_done(const RealtimePlace& place, BytesView text);
RealtimeFrame function_call_arguments_delta(const RealtimePlace& place, std::string_view call_id, BytesView delta);
RealtimeFrame function_call_arguments_done(const RealtimePlace& place, std::string_view call_id, std::string_view name,
                                           BytesView arguments);
RealtimeFrame rate_limits_updated(std::string_view event_id);
// `kind` is the error's type: "invalid_request_error", "server_error". `client_event_id` is that of the event which it
// is about, where that had one.
RealtimeFrame error_event(std::string_view event_id, std::string_view kind, std::string_view code, BytesView message,
                          std::string_view client_event_id = {});

}  // namespace ringback::wire
