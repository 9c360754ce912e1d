// One connection to the Realtime model: the server's state for it.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/peers/committed_sound.h"
#include "sim/peers/conversation_key.h"
#include "sim/peers/realtime_model.h"
#include "sim/peers/script_player.h"
#include "src/audio/speech_detector.h"

namespace ringback::sim {

// The response that a session is sending.
struct ActiveResponse {
  std::uint32_t number = 0;
  std::optional<std::size_t> recorded;
  std::string response_id;  // empty until response.created was sent
  ScriptPlayer* player = nullptr;
  bool is_pending = false;  // the floor counts it
  bool is_cancelled = false;
  bool in_conversation = true;
  std::uint64_t tokens = 0;
  ConversationKey key_before;  // the conversation without it
  Hash128 key_after;
};

class RealtimeSession {
 public:
  // Begins at this virtual time; `model` outlives the session.
  explicit RealtimeSession(RealtimeModel& model);
  RealtimeSession(const RealtimeSession&) = delete;
  RealtimeSession& operator=(const RealtimeSession&) = delete;
  ~RealtimeSession();

  Mailbox<wire::RealtimeFrame>& inbox() { return inbox_; }
  const std::optional<ModelClosed>& closed() const { return closed_; }
  void send(wire::RealtimeFrame frame);
  void set_on_begun(MessageBegun on_begun);
  void close_by_agent(std::int64_t code);
  // The connection broke or the server ended it; the journal knows.
  void close_by_link(std::int64_t code, const std::string& reason);
  // Nothing is sent any more, and nothing journalled.
  void stop();

 private:
  using Edge = audio::SpeechDetector::Edge;

  void receive(const wire::RealtimeFrame& frame);
  void receive_audio(const wire::RealtimeFrame& frame);
  void update_session(const wire::RealtimeFrame& frame);
  void receive_item(const wire::RealtimeFrame& frame);
  void receive_truncate(const wire::RealtimeFrame& frame);
  void receive_delete(const wire::RealtimeFrame& frame);
  void receive_retrieve(const wire::RealtimeFrame& frame);
  void receive_cancel(const wire::RealtimeFrame& frame);
  void clear_audio();
  void commit_by_hand(const wire::RealtimeFrame& frame);

  bool begins_like(const RecordedTurn& turn, const Edge& edge) const;
  bool is_like(const RecordedTurn& turn, const Edge& edge) const;
  void speech_began(const Edge& edge);
  void speech_ended(const Edge& edge);
  void turns_by_append_count();
  void play_turn_end(std::size_t turn);

  // A response is due because of response.create, or the end of a turn.
  void create_response(const wire::RealtimeFrame& frame);
  void request_response(bool by_agent);
  void begin_response(const std::optional<Bytes>& input_beside = std::nullopt);
  void cancel_response(const std::string& reason);
  void fail_response(std::uint32_t number);
  void complete_if_not_cancelled(const RecordedResponse& response, Script& script);

  wire::RealtimeFrame frame_of(const TimedFrame& timed, const audio::Format& format);
  void play(Script script, trace::Origin origin, std::uint32_t exchange);
  void send_frame(const wire::RealtimeFrame& frame, trace::Origin origin, std::uint32_t exchange);
  void before_sending(const wire::RealtimeFrame& frame);
  void arrived(const wire::RealtimeFrame& frame);
  // Answers a request as in the recording where that has an answer to the n-th, or with `otherwise`.
  void acknowledge(const std::vector<Script>& recorded, std::size_t& number,
                   const std::function<wire::RealtimeFrame()>& otherwise);
  void send_error(const Refusal& refusal, const wire::RealtimeFrame& about);
  // The server ends the session, with what it says before.
  void expire();
  void close_by_server(std::int64_t code, const std::string& reason);
  std::string new_id(const char* prefix);

  RealtimeModel& model_;
  const RecordedModel& recorded_;
  const std::size_t number_;  // of this session in the run, from 0
  // What the recording acknowledged in this session; of one that it does not have only the opening and the settings.
  const RecordedSession script_;
  // Of the recorded server's voice activity, or our detector as it is.
  const DetectorFit detector_fit_;
  Kernel& kernel_;
  Lane& lane_;
  Mailbox<wire::RealtimeFrame> inbox_;
  std::optional<ModelClosed> closed_;
  SessionSettings settings_;
  ConversationKey key_;
  std::list<ScriptPlayer> players_;

  // Requests of each kind so far.
  std::size_t session_updates_ = 0;
  std::size_t item_creates_ = 0;
  std::size_t item_truncates_ = 0;
  std::size_t item_deletes_ = 0;
  std::size_t item_retrieves_ = 0;
  std::size_t clears_ = 0;
  std::size_t commits_ = 0;
  Conversation conversation_;
  CommittedSound sound_;  // since the last commit, where the client commits by hand

  // Voice activity.
  std::optional<audio::SpeechDetector> detector_;
  std::vector<Edge> edges_;
  std::uint64_t appends_ = 0;
  std::size_t counted_onsets_ = 0;  // turns by append count
  std::size_t counted_ends_ = 0;
  std::string open_turn_item_;             // of a made-up turn
  std::optional<Hash128> turn_to_commit_;  // content of the turn whose `committed` is on its way

  std::optional<ActiveResponse> active_;
  bool response_is_due_ = false;  // as soon as the active one is done
  std::set<std::string> open_calls_;
  Improviser improviser_;
  // Consequences of a frame that is being sent.
  ScopedTimer cancel_timer_;
  ScopedTimer end_timer_;
  ScopedTimer turn_timer_;
};

}  // namespace ringback::sim
