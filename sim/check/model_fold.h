// The model's channels, read as the Realtime protocol: responses, tokens, function calls and their outputs.
//
// Only what was delivered counts: a response.done that a fault swallowed has not been. Frames that are not Realtime
// JSON (a fault may have made them so) say nothing.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/check/floor_facts.h"
#include "sim/check/said_fold.h"
#include "sim/check/speech_fold.h"
#include "sim/check/timeline.h"
#include "sim/dialog/session_settings.h"
#include "src/wire/realtime.h"

namespace ringback::sim {

class ModelFold {
 public:
  struct Parts {
    Timeline& timeline;
    FloorFacts& facts;
    SpeechFold& speech;
    SaidFold& said;
  };
  ModelFold(const trace::ChannelTable& channels, const Parts& parts)
      : channels_(channels), timeline_(parts.timeline), facts_(parts.facts), speech_(parts.speech), said_(parts.said) {}

  void observe(const trace::Event& event, EventIndex index, VirtualTime at);

 private:
  struct Session {
    std::vector<std::size_t> requested;              // responses asked for and not created yet, oldest first
    std::map<std::string, std::size_t> open;         // by response id
    std::map<std::string, std::size_t> open_calls;   // by call id
    std::map<std::string, std::size_t> known_calls;  // by call id, also those that have their output
    std::map<std::string, std::string> call_names;   // of calls that were announced
    std::uint32_t responses = 0;
    SessionSettings settings;
    std::optional<std::size_t> session;  // of Timeline::sessions
    bool is_greeted = false;             // session.created came
  };
  struct Place {
    const trace::Channel& channel;
    Session& session;
    EventIndex index;
    VirtualTime at;
    trace::Origin origin;
    std::uint32_t exchange;
  };

  void from_agent(const wire::RealtimeFrame& frame, const Place& place);
  void to_agent(const wire::RealtimeFrame& frame, const Place& place);
  std::size_t open_response(const Place& place);
  void close_response(std::size_t response, VirtualTime at, std::string status, std::string detail);
  void create_response(const wire::RealtimeFrame& frame, const Place& place);
  void refuse_response(const wire::RealtimeFrame& frame, const Place& place);
  void finish_response(const wire::RealtimeFrame& frame, const Place& place);
  void open_call(const wire::RealtimeFrame& frame, const Place& place);
  void note_output(const wire::RealtimeFrame& frame, const Place& place);
  void lose(Session& session, VirtualTime at, bool by_agent);
  void begin_session(const trace::Channel& channel, Session& session, EventIndex index, VirtualTime at);
  void configure(const wire::RealtimeFrame& frame, Session& session);
  void tell(const wire::RealtimeFrame& frame, const Place& place);
  void note_sound(const wire::RealtimeFrame& frame, const Place& place);
  void note_first_response(const Place& place);

  const trace::ChannelTable& channels_;
  Timeline& timeline_;
  FloorFacts& facts_;
  SpeechFold& speech_;
  SaidFold& said_;
  std::map<trace::ChannelId, Session> sessions_;
  wire::RealtimeFrame frame_;  // memory that is used again
};

}  // namespace ringback::sim
