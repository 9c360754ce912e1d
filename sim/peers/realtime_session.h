// One connection to the Realtime model: the server's state for it.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

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
  void close_by_agent(std::int64_t code);
  // The connection broke or the server ended it; the journal knows.
  void close_by_link(std::int64_t code, const std::string& reason);
  // Nothing is sent any more, and nothing journalled.
  void stop();

 private:
  using Edge = audio::SpeechDetector::Edge;

  void receive(const wire::RealtimeFrame& frame);
  void receive_audio(const wire::RealtimeFrame& frame);
  void receive_item(const wire::RealtimeFrame& frame);
  void receive_truncate(const wire::RealtimeFrame& frame);
  void commit_by_hand();

  void speech_began(const Edge& edge);
  void speech_ended(const Edge& edge);
  void turns_by_append_count();
  void play_turn_end(std::size_t turn);

  // A response is due because of response.create, or the end of a turn.
  void request_response(bool by_agent);
  void begin_response();
  void cancel_response(const std::string& reason);
  void fail_response(std::uint32_t number);
  void complete_if_not_cancelled(const RecordedResponse& response, Script& script);

  void play(Script script, trace::Origin origin, std::uint32_t exchange);
  void send_frame(const wire::RealtimeFrame& frame, trace::Origin origin, std::uint32_t exchange);
  void before_sending(const wire::RealtimeFrame& frame);
  void arrived(const wire::RealtimeFrame& frame);
  void send_error(const std::string& code, const std::string& message);
  std::string new_id(const char* prefix);

  RealtimeModel& model_;
  RecordedModel& recorded_;
  Kernel& kernel_;
  Lane& lane_;
  Mailbox<wire::RealtimeFrame> inbox_;
  std::optional<ModelClosed> closed_;
  SessionSettings settings_;
  ConversationKey key_;
  std::list<ScriptPlayer> players_;

  std::size_t session_updates_ = 0;
  std::size_t item_creates_ = 0;
  std::size_t truncates_ = 0;

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
  ScopedTimer turn_timer_;
};

}  // namespace ringback::sim
