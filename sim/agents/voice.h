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
// Options: retries=N (after the first attempt, default 5), backoff=TIME (before the first retry, doubled each time,
// default 200ms), timeout=TIME|none (for each attempt, default 4s), fallback=none|spoken (default none).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "sim/agents/tool_attempts.h"

namespace ringback::sim {

struct VoiceOptions : RetryOptions {
  bool speaks_fallback = false;
};

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
