// builtin:cascade: a phone agent of three parts, written as teams write theirs: speech-to-text, a completion model with
// tools, text-to-speech.
//
// The caller's sound goes to the transcriber; its final transcript is a turn for the model (chat_turn.h); each sentence
// of the answer goes to the synthesizer as soon as it is whole, and the sound of it to the caller. When the caller
// begins to speak while the agent talks, or before it has answered, what was not played is dropped and the turn is
// given up; the answer stays in the conversation as far as the model had come to its end.
//
// Options: those of builtin:chat, and speech_timeout=TIME|none (default 4s): how long a sentence may wait for its first
// sound until the synthesizer is connected anew and asked again, once; after that the sentence is lost. With `none` a
// socket that swallows what is sent is silence for ever.
#pragma once

#include <optional>

#include "sim/agents/chat_turn.h"

namespace ringback::sim {

struct CascadeOptions {
  ChatOptions chat;
  std::optional<Duration> speech_timeout = seconds(4);
};

class CascadeAgent final : public Agent {
 public:
  explicit CascadeAgent(const CascadeOptions& options) : options_(options) {}
  Task<void> run(AgentWorld& world) override;

 private:
  CascadeOptions options_;
};

}  // namespace ringback::sim
