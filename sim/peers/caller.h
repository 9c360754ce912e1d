// The caller: speaks, types, interrupts, waits and hangs up as in the recording, and is the agent's media edge.
//
// The caller acts on a grid of 20 ms from the start of the call; on it flows the track, silence between utterances.
// What it says next depends on what it has heard (caller_plan.h): it waits for the agent to have spoken, to owe nothing
// and to be silent for the recorded gap. An interruption whose moment never comes, because the agent stopped earlier,
// becomes an ordinary turn. When the agent owes speech and stays silent, or never gives the cue, for `patience`, the
// caller hangs up.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "sim/agents/port.h"
#include "sim/dialog/floor.h"
#include "sim/faults/link.h"
#include "sim/peers/caller_plan.h"
#include "sim/peers/watch.h"
#include "src/audio/playout.h"

namespace ringback::sim {

struct CallerOptions {
  Duration patience = seconds(20);
  // True: every action at its recorded time, whatever the agent does.
  bool open_loop = false;
  // After so long a wait the caller says kHello, at most kHellosMax times before the next action of the plan.
  std::optional<Duration> hello_after;

  friend bool operator==(const CallerOptions&, const CallerOptions&) = default;
};

inline constexpr std::string_view kHello = "Hello?";
inline constexpr std::uint32_t kHellosMax = 2;

// "turn-taking", "open-loop", "patience=30s", "hello-after=4s", several of them separated by commas. Throws Error.
CallerOptions parse_caller_options(const std::string& text);

// Gap before an interruption that became an ordinary turn.
inline constexpr Duration kOrdinaryGap = milliseconds(800);

class CallerPeer final : public CallerLeg {
 public:
  struct Parts {
    Kernel& kernel;
    Floor& floor;
    Watch& watch;
    Link& control;       // channel "caller"
    Link* caller_audio;  // null in a typed conversation
    Link* agent_audio;
    const trace::Trace& recording;  // that the plan is of
  };
  // All parts and the plan outlive the peer.
  CallerPeer(const Parts& parts, const CallerPlan& plan, const CallerOptions& options);

  // Begins the call at this virtual time.
  void start();
  // Nobody hears anything any more; for the end of a run.
  void stop();
  // Called when something that the agent says arrives at the media edge, before it is heard.
  void set_on_agent_said(std::function<void()> on_agent_said) { on_agent_said_ = std::move(on_agent_said); }

  // When something of the agent first reached the caller's ear or screen.
  const std::optional<VirtualTime>& agent_first_heard() const { return agent_first_heard_; }

  Mailbox<CallerInput>& inbox() override { return inbox_; }
  std::optional<audio::Format> format() const override { return plan_.format; }
  void send_audio(Bytes samples) override;
  void send_transcript(std::string text) override;
  void send_text(std::string text) override;
  void send_mark(std::string name) override;
  void clear() override;
  void hang_up() override;

 private:
  void tick();
  void begin_due_action(VirtualTime now);
  bool is_due(const CallerAction& action, VirtualTime now) const;
  bool is_between_words(VirtualTime now) const;
  bool has_lost_patience(VirtualTime now) const;
  bool is_time_for_hello(VirtualTime now) const;
  void say_hello();
  void begin(const CallerAction& action);
  void send_typed(const std::string& text, trace::Origin origin);
  void press(const std::string& digit, trace::Origin origin);
  void speak(VirtualTime now);
  void end_speech(VirtualTime now);
  void end_call(const std::string& by, const std::string& reason);
  void follow_playout();
  void hand_out_marks();
  void hear_until(VirtualTime now);

  Kernel& kernel_;
  Lane& lane_;
  Floor& floor_;
  Watch& watch_;
  Link& control_;
  Link* caller_audio_;
  Link* agent_audio_;
  const CallerPlan& plan_;
  CallerOptions options_;
  std::function<void()> on_agent_said_;
  Mailbox<CallerInput> inbox_;
  ScopedTimer tick_timer_;
  ScopedTimer edge_timer_;
  std::optional<audio::Playout> playout_;
  Bytes silent_frame_;

  bool is_over_ = false;
  std::size_t next_action_ = 0;
  bool is_speaking_ = false;
  bool says_hello_ = false;                // it is that, or was the last time
  std::optional<UtteranceReader> speech_;  // nothing in a typed conversation
  Utterance hello_;                        // what nobody recorded
  std::uint32_t hellos_ = 0;               // since the last action of the plan
  VirtualTime action_end_;                 // of the last action; the start of the call before any

  // What has been heard of the agent.
  std::size_t spans_heard_ = 0;
  bool hears_agent_ = false;
  std::optional<VirtualTime> agent_first_heard_;
  std::optional<VirtualTime> turn_heard_from_;    // the agent's turn since the last action
  std::optional<VirtualTime> agent_quiet_since_;  // since the last action
};

}  // namespace ringback::sim
