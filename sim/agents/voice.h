// builtin:voice: a phone agent on a Realtime model, written as teams write theirs.
//
// It forwards the caller's sound to the model and the model's to the caller, stops talking when interrupted, tells the
// model which keys were pressed, hands the call over to another prompt where the recorded agent did, and runs the
// model's function calls against tools, with retries and a time-out (tool_attempts.h). When a tool has failed for good
// the fallback decides:
//
//   fallback=none     nothing: no output for the model, no word to the caller. The flaw that this project is about.
//   fallback=spoken   one sentence to the caller at once, and the error as output for the model
//
// A model that fails is by default waited for (model=trusted). With model=watched the agent asks again for a response
// that failed, notices when the model falls silent while it owes something or does not hear the caller, and when the
// connection breaks; then it says so to the caller, opens a new session and tells it what was said. With model=stale it
// does the same, but forgets to forget: items and calls of the old session, and that a response was under way.
//
// Options: retries=N (after the first attempt, default 5), backoff=TIME (before the first retry, doubled each time,
// default 200ms), timeout=TIME|none (for each attempt, default 4s), fallback=none|spoken (default none),
// budget=each|call (whether the retries are for each function call or for all of the call together; default each),
// model=trusted|watched|stale (default trusted).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "sim/agents/tool_attempts.h"

namespace ringback::sim {

// What the agent does about a model that fails.
enum class ModelCare {
  trusted,  // nothing: it always answers
  watched,  // see above
  stale,    // the same, but it goes on with what it knew of the old session
};

struct VoiceOptions : RetryOptions {
  bool speaks_fallback = false;
  bool shares_budget = false;  // `retries` are for the whole call
  ModelCare model = ModelCare::trusted;
};

// A watched model that owes something and sends nothing of use for so long has failed.
inline constexpr Duration kVoiceModelPatience = seconds(3);
// How often it is asked again, or connected to again, in a row.
inline constexpr std::uint32_t kVoiceModelAttempts = 3;
inline constexpr Duration kVoiceModelBackoff = milliseconds(500);
// How many of the last things said a new session is told.
inline constexpr std::size_t kVoiceThingsTold = 12;
// What the agent says when the model was lost.
inline constexpr std::string_view kVoiceLost = "I lost you for a moment. Could you say that again?";

// Keys count as one entry up to # or until none is pressed for this long.
inline constexpr Duration kVoiceKeyPause = milliseconds(1500);
inline constexpr std::size_t kVoiceKeysMax = 64;
// What the agent says when a tool has failed for good.
inline constexpr std::string_view kVoiceFallback =
    "I can't reach the records right now. Let me have someone call you back.";

// Throws Error for an option that does not exist or a value that it does not take.
VoiceOptions parse_voice_options(const AgentSpec& spec);

class VoiceAgent final : public Agent {
 public:
  explicit VoiceAgent(const VoiceOptions& options) : options_(options) {}
  Task<void> run(AgentWorld& world) override;

 private:
  VoiceOptions options_;
};

}  // namespace ringback::sim
