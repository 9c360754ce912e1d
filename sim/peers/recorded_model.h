// A recording's Realtime session, taken apart: what the server sent, each frame filed under what made the server send
// it.
//
//   connection      -> session.created
//   session.update  -> session.updated                                 the n-th of the session
//   item.create     -> conversation.item.added, .done                  the n-th
//   truncate        -> conversation.item.truncated                     the n-th; the same for delete and retrieve
//   commit, clear   -> committed and the item, cleared                 the n-th
//   speech begins   -> speech_started                                  of a turn
//   speech ends     -> speech_stopped, committed, item, transcription  of a turn
//   a response is due (response.create, or the end of a turn) -> response.created ... response.done
//
// A second connection is a new session with an empty conversation. Errors that the server answered requests with are
// left out: the peer refuses by itself what cannot be done.
//
// Each frame keeps its distance from that cause, so that it comes as long after it in a replay.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/dialog/session_settings.h"
#include "sim/peers/conversation.h"
#include "sim/peers/voice_activity.h"
#include "src/base/hash.h"
#include "src/trace/trace.h"
#include "src/wire/realtime.h"

namespace ringback::sim {

// A session of the provider ends after this long, where the recording does not show another limit.
inline constexpr Duration kSessionLengthMax = seconds(60 * 60);

// The least audio that can be committed by hand.
inline constexpr Duration kCommitMin = milliseconds(100);

// A frame of the recording, which is read when it is wanted (FrameReader), or one that was made up.
struct TimedFrame {
  Duration after;         // its cause; at least 0
  std::size_t event = 0;  // of the recording
  wire::RealtimeType type = wire::RealtimeType::other;
  std::shared_ptr<const wire::RealtimeFrame> made_up;  // shared by the copies of a script; null: recorded
};
using Script = std::vector<TimedFrame>;  // by rising `after`

TimedFrame made_up_frame(Duration after, wire::RealtimeFrame frame);

// Reads the frames of scripts. Quick where they come in the recording's order.
class FrameReader {
 public:
  // `recording` outlives it; null for scripts that are made up.
  explicit FrameReader(const trace::Trace* recording) {
    if (recording != nullptr) at_ = recording->events.begin();
  }

  wire::RealtimeFrame read(const TimedFrame& timed);

 private:
  trace::EventLog::Iterator at_;
};

// One turn of the caller as the server's voice activity detection saw it.
struct RecordedTurn {
  Script on_onset;
  Script on_end;
  Hash128 onset_content;  // audio::SpeechDetector::Edge::content
  Hash128 content;
  Bytes contour;  // the same; what it is recognised by where the agent's sound has another format
  // Where the recorded audio is incomplete there are no edges: then these numbers of appended frames are the causes.
  std::uint64_t appends_at_onset = 0;
  std::uint64_t appends_at_end = 0;
  std::size_t session = 0;
};

// What the server acknowledged in one session, in the order of the requests.
struct RecordedSession {
  // The server ended it.
  struct Ending {
    Duration after;  // the opening
    std::int64_t code = 0;
    std::string reason;
  };
  Script on_connect;
  std::vector<Script> on_session_update;
  std::vector<Script> on_item_create;
  std::vector<Script> on_item_truncate;
  std::vector<Script> on_item_delete;
  std::vector<Script> on_item_retrieve;
  std::vector<Script> on_commit;
  std::vector<Script> on_clear;
  std::optional<Ending> ending;
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

// A session.update right after the output of a function.
struct RecordedHandOver {
  std::string function;
  Bytes output;
  Bytes session;
};

struct RecordedModel {
  trace::Channel channel;
  SessionSettings settings;   // as last updated
  Bytes session;              // of the first session.update, JSON; empty where there was none
  bool speaks_first = false;  // the agent asked for a response before the caller did anything

  const trace::Trace* recording = nullptr;     // where the frames of the scripts are; null where all are made up
  std::vector<RecordedSession> sessions;       // at least one
  std::optional<Duration> session_length_max;  // after which the server ends a session; nothing: never
  SpokenLength spoken_length = SpokenLength::known;
  std::optional<DetectorFit> detector;  // nothing where the recording has no turns, or not all of its sound
  bool turns_by_content = true;         // false: by numbers of appended frames
  std::vector<RecordedTurn> turns;
  std::vector<RecordedResponse> responses;
  std::vector<RecordedHandOver> hand_overs;
  std::vector<std::string> notices;
};

// Throws Error where a frame is not a Realtime frame (naming the event's number). `recording` outlives what is made of
// it: frames stay there until they are played.
RecordedModel read_recorded_model(const trace::Trace& recording, const trace::Channel& channel);

// A content that stands for turn `number` (from 0) where there is no audio to tell it by.
Hash128 content_of_turn_number(std::uint64_t number);

}  // namespace ringback::sim
