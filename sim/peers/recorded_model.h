// A recording's Realtime session, taken apart: what the server sent, each frame filed under what made the server send
// it.
//
//   connection      -> session.created
//   session.update  -> session.updated                                 the n-th of the session
//   item.create     -> conversation.item.added, .done                  the n-th
//   truncate        -> conversation.item.truncated                     the n-th
//   speech begins   -> speech_started                                  of a turn
//   speech ends     -> speech_stopped, committed, item, transcription  of a turn
//   a response is due (response.create, or the end of a turn) -> response.created ... response.done
//
// Each frame keeps its distance from that cause, so that it comes as long after it in a replay.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/peers/session_settings.h"
#include "src/base/hash.h"
#include "src/trace/trace.h"
#include "src/wire/realtime.h"

namespace ringback::sim {

struct TimedFrame {
  Duration after;  // its cause; at least 0
  wire::RealtimeFrame frame;
};
using Script = std::vector<TimedFrame>;  // by rising `after`

// One turn of the caller as the server's voice activity detection saw it.
struct RecordedTurn {
  Script on_onset;
  Script on_end;
  Hash128 onset_content;  // audio::SpeechDetector::Edge::content
  Hash128 content;
  // Where the recorded audio is incomplete there are no edges: then these numbers of appended frames are the causes.
  std::uint64_t appends_at_onset = 0;
  std::uint64_t appends_at_end = 0;
};

struct RecordedResponse {
  std::uint32_t number = 0;  // from 1, in the order of response.created
  Hash128 key;               // of the conversation before it
  Script frames;             // without the tail of a cancelled one
  bool is_cancelled = false;
  Duration cancelled_after;  // the cancelling cause, from the response's own
  Script cancel_tail;        // from the cancelling cause on
  std::string caused_by;     // for messages: "response.create", "the caller's turn 2"
};

struct RecordedModel {
  trace::Channel channel;
  SessionSettings settings;   // as last updated
  Bytes session;              // of the first session.update, JSON; empty where there was none
  bool speaks_first = false;  // the agent asked for a response before the caller did anything

  Script on_connect;
  std::vector<Script> on_session_update;
  std::vector<Script> on_item_create;
  std::vector<Script> on_truncate;
  bool turns_by_content = true;  // false: by numbers of appended frames
  std::vector<RecordedTurn> turns;
  std::vector<RecordedResponse> responses;
  std::vector<std::string> notices;
};

// Throws Error where a frame is not a Realtime frame (naming the event's number).
RecordedModel read_recorded_model(const trace::Trace& recording, const trace::Channel& channel);

// A content that stands for turn `number` (from 0) where there is no audio to tell it by.
Hash128 content_of_turn_number(std::uint64_t number);

}  // namespace ringback::sim
