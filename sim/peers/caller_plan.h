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

// From the first to the last audible frame, whole frames of 20 ms. The sound stays in the recording, or is made up.
struct Utterance {
  // Octets of the recorded track, over as many of its events as that takes.
  struct Piece {
    static constexpr std::size_t kSilence = static_cast<std::size_t>(-1);
    std::size_t event = 0;   // of the recording, the one with the first of them; kSilence: nothing was recorded
    std::size_t offset = 0;  // of the first of them in that event's samples
    std::size_t length = 0;
  };
  std::vector<Piece> pieces;
  Bytes made_up;
  std::size_t length = 0;  // octets
};

// Reads an utterance from its begin.
class UtteranceReader {
 public:
  // `recording` outlives the reader.
  UtteranceReader(const trace::Trace& recording, const audio::Format& format);

  // `utterance` lives until its end or the next begin.
  void begin(const Utterance& utterance);
  // The next `length` octets, which must be there.
  Bytes take(std::size_t length);
  bool is_at_end() const { return taken_ == utterance_->length; }

 private:
  void take_from_piece(std::size_t length, Bytes& out);

  audio::Format format_;
  trace::ChannelId track_ = trace::kControlChannel;
  trace::EventLog::Iterator at_;
  const Utterance* utterance_ = nullptr;
  std::size_t taken_ = 0;
  std::size_t piece_ = 0;
  std::size_t taken_of_piece_ = 0;
  BytesView event_rest_;  // samples of *at_ that were not taken
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
