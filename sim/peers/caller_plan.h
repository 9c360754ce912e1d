// What the caller of a recording says and does, and when, told by what the agent did: the plan that the caller peer
// follows.
//
// The caller's track is cut into utterances at silences (audio::SpeechDetector's rule, frames of 20 ms). An utterance
// that began while the agent could be heard interrupts: it is placed by the time since the agent's turn was first
// heard. Any other follows: it is placed by the gap since the agent's played-out sound, or its last text, ended; or it
// continues what the caller said before where the agent was not heard in between. Where nobody had been heard yet, the
// absolute time counts.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "src/audio/format.h"
#include "src/trace/trace.h"

namespace ringback::sim {

struct CallerCue {
  enum class Kind {
    at,          // `offset` after the start of the call
    continues,   // `offset` after the end of the caller's own action before; the agent was not heard between
    follows,     // `offset` after the agent ended and owes nothing
    interrupts,  // `offset` after the agent's turn was first heard
  };
  Kind kind = Kind::at;
  Duration offset;
};

struct Utterance {
  Bytes samples;  // whole frames of 20 ms, from the first to the last audible one
};
struct TypedTurn {
  std::string text;
};
struct Keypad {
  std::string digit;
};
struct EndCall {};

struct CallerAction {
  CallerCue cue;
  VirtualTime recorded_at;
  std::variant<Utterance, TypedTurn, Keypad, EndCall> what;
};

struct CallerPlan {
  std::optional<audio::Format> format;  // of both tracks; nothing in a typed conversation
  std::vector<CallerAction> actions;    // in the order of the recording; the last one is an EndCall
};

// Where a recording does not say how the call ended, the caller hangs up this long after the agent's last word.
inline constexpr Duration kGoodbyeGap = seconds(1);

// Throws Error where the two audio channels differ in format, or a track's format is unknown.
CallerPlan plan_caller(const trace::Trace& recording);

}  // namespace ringback::sim
