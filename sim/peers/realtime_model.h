// The Realtime model: a server that remembers the conversation and answers from the recording.
//
// Each connection is a new, empty session. A response is `recorded` only while the conversation before it is the
// recorded one (conversation_key.h); otherwise a rule of the user or a stand-in answers, and without faults the run
// ends there.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "sim/agents/port.h"
#include "sim/dialog/floor.h"
#include "sim/faults/link.h"
#include "sim/faults/schedule.h"
#include "sim/peers/recorded_model.h"
#include "sim/peers/watch.h"

namespace ringback::sim {

class RealtimeSession;

class RealtimeModel final : public ModelPort {
 public:
  struct Parts {
    Kernel& kernel;
    Lane& agent_lane;
    Floor& floor;
    Watch& watch;
    Link& link;
    const Schedule& schedule;
    std::function<const std::set<std::string>&()> failing_tools;
    bool strict = false;
    // What the model does where neither the recording nor a rule answers.
    Reaction reaction = Reaction::apologise;
  };
  // `recorded` and all parts outlive the model.
  RealtimeModel(const Parts& parts, const RecordedModel& recorded);
  ~RealtimeModel() override;

  Task<std::unique_ptr<ModelConnection>> connect() override;

  // Recorded responses that the conversation never came to, for the report.
  std::vector<std::string> unused() const;
  // From here on nothing is sent or journalled: the run is over.
  void stop();

 private:
  friend class RealtimeSession;

  // What answers a response that is due.
  struct Answer {
    Script script;
    trace::Origin origin = trace::Origin::recorded;
    std::string identity;                 // for the conversation's key
    std::optional<std::size_t> recorded;  // index
  };
  struct Due {
    const Hash128& key;  // of the conversation before it
    std::uint32_t number = 0;
    const SessionSettings& settings;
    Improviser& improviser;  // of the session
  };
  // Nothing where the run ends here.
  std::optional<Answer> answer(const Due& due);
  Answer answer_for_itself(const Due& due);

  Parts parts_;
  const RecordedModel& recorded_;
  FrameReader frames_;
  std::vector<bool> response_is_used_;
  std::vector<bool> turn_is_used_;
  std::size_t sessions_ = 0;     // opened in this run
  std::uint32_t responses_ = 0;  // begun in this run, over all sessions
  std::uint32_t made_up_ids_ = 0;
  RealtimeSession* session_ = nullptr;   // the open one
  Mailbox<bool>* connecting_ = nullptr;  // of the attempt that is under way: whether it came about
  bool is_over_ = false;
};

}  // namespace ringback::sim
