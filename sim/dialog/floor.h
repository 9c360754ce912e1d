// Who owes speech in a call: a pure fold over facts that are fed in time order.
//
// The live caller feeds it to know how long it has been waiting; the checks feed it with the facts of the finished run.
// So what made the caller hang up and what a report calls dead air are the same thing.
//
//   Floor floor;
//   floor.caller_started(t0);  floor.caller_stopped(t1);   // from t1 on the agent owes speech
//   floor.agent_sent(t2);      floor.agent_audible_from(t2);  // settled: waits() holds {t1, t2, caller_turn}
//
// The agent owes speech
//   - from the start of the call until somebody is heard, unless that is the caller;
//   - from the end of the caller's turn until something of the agent is heard;
//   - while a response of its model or a function call of it is pending;
//   - after a response that brought neither speech nor a call (refused, failed), after a function call whose output
//   left
//     while nothing could be heard, and after a connection that was lost while something was pending: until the agent
//     is heard anew, or sends speech of a later response behind what is still playing.
// It is in debt and silent, so the caller waits, while it owes, cannot be heard, and the caller is not speaking.
//
//   caller  ####                                       A wait begins with the end of `caller`, ends with the first
//   audible agent       |<-- wait -->|#####|<-- wait -->|##    sample, and begins again when the agent falls silent
//   while a function call                         |-----------|         call is pending.
//
// What was said before does not settle what is owed now: sound that goes on after a pause of at most kPauseMax is the
// rest of what was playing when a call ended or a connection was lost, unless it was sent since, to a play-out that had
// run dry. An agent that is talked over and falls silent at
// most kTailMax after the caller has not answered either: that was the rest of the sentence that the caller
// interrupted. One that talks on for longer has.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "src/base/time.h"

namespace ringback::sim {

// Something of the agent's own doing that will have to end in speech.
enum class Pending {
  response,  // of the model: from response.create or response.created to response.done
  call,      // a function call of the model: from its complete arguments to its output
};

// One stretch in which the caller waited and heard nothing. `begin` < `end`.
struct Wait {
  enum class Cause {
    caller_turn,    // nothing was heard since the caller's turn
    pending,        // a response or call, or what a failed one left owing
    call_start,     // nobody was heard since the call began
    inside_answer,  // the agent fell silent in the middle of an answer, for more than kPauseMax
  };
  VirtualTime begin;
  VirtualTime end;
  Cause cause = Cause::caller_turn;

  Duration length() const { return end - begin; }
  friend bool operator==(const Wait&, const Wait&) = default;
};

// The end of a turn of the caller, and when something of the agent was first heard after it. What the caller adds
// within Floor::kPauseMax, still unanswered, is the same turn.
struct Turn {
  VirtualTime begin;
  VirtualTime end;
  std::optional<VirtualTime> heard;  // nothing: never, or not before the caller spoke again

  friend bool operator==(const Turn&, const Turn&) = default;
};

class Floor {
 public:
  // A silence inside what somebody says, up to this length, is how people speak.
  static constexpr Duration kPauseMax = seconds(1);
  // See above: how long an interrupted agent may run on without having answered.
  static constexpr Duration kTailMax = seconds(1);
  // An agent that is silent for at most this long when the caller begins was still talking: the gap between two words.
  static constexpr Duration kBreathMax = milliseconds(300);

  // Facts. Each `at` must not be before the one before. A typed turn is started and stopped at the same time; a text of
  // the agent is audible from and until the same time.
  // The line is open. Until somebody is heard the agent owes a word; a caller who speaks first was not waiting.
  void call_started(VirtualTime at);
  void caller_started(VirtualTime at);
  void caller_stopped(VirtualTime at);
  // Sound goes to a play-out that had been dry for more than kBreathMax: what is sent from here on was not said before.
  void agent_began_to_send(VirtualTime at);
  // Audible samples went to play-out; they may be heard later.
  void agent_sent(VirtualTime at);
  void agent_audible_from(VirtualTime at);
  void agent_audible_until(VirtualTime at);
  void pending_opened(Pending what, VirtualTime at);
  // Closing more than was opened is allowed and does nothing: a run may begin in the middle.
  void pending_closed(Pending what, VirtualTime at);
  // Everything pending is over; what was owed stays owed.
  void connection_lost(VirtualTime at);
  // The call is over: an open wait ends here. Nothing may follow.
  void finish(VirtualTime at);

  // Whether speech is due, heard or not.
  bool agent_owes() const;
  // Start of the wait that is going on; nothing while the agent is heard, owes nothing, or the caller speaks.
  std::optional<VirtualTime> waiting_since() const { return waiting_since_; }
  bool caller_speaks() const { return caller_speaks_; }
  bool agent_is_audible() const { return agent_is_audible_; }
  // Finished waits in order of their ends.
  const std::vector<Wait>& waits() const { return waits_; }
  // Turns of the caller in order, without those through which the agent talked on.
  const std::vector<Turn>& turns() const { return turns_; }

 private:
  void advance(VirtualTime at);
  // The last turn is answered from now on.
  void answer_turn();
  // Something that was pending was lost, or ended in silence.
  void leave_debt();
  void owe_from_now_on();
  // Opens or closes the current wait according to the state.
  void settle();
  Wait::Cause cause_now() const;
  // The agent is heard now, or was at most `pause` ago.
  bool was_heard_within(Duration pause) const;

  VirtualTime now_;
  bool finished_ = false;
  bool caller_speaks_ = false;
  bool agent_is_audible_ = false;
  bool nobody_heard_ = false;  // since the call began
  bool turn_debt_ = false;     // the caller's turn ended, nothing was heard since
  bool left_debt_ = false;     // a pending one ended and left something owing
  bool spoke_anew_ = false;    // since then sound was sent that began after it
  bool began_anew_ = false;    // since then a response began or ended: what is sent from now on is its, or follows it
  bool talked_over_ = false;   // the agent has been talking since before the caller began
  std::uint32_t responses_ = 0;
  std::uint32_t calls_ = 0;
  bool sent_since_response_ = false;
  bool called_since_response_ = false;
  bool turn_is_unheard_ = false;  // the last of turns_ waits to be answered
  VirtualTime caller_since_;
  VirtualTime debt_since_;  // of left_debt_
  std::optional<VirtualTime> sending_since_;
  VirtualTime audible_since_;
  std::optional<VirtualTime> heard_until_;  // end of the last audible stretch
  std::optional<VirtualTime> tail_since_;   // the caller stopped while talked_over_: the rest of an old sentence?
  std::optional<VirtualTime> quiet_since_;  // silent, owing nothing, nothing new begun
  std::optional<VirtualTime> waiting_since_;
  Wait::Cause cause_ = Wait::Cause::caller_turn;
  std::vector<Wait> waits_;
  std::vector<Turn> turns_;
};

}  // namespace ringback::sim
