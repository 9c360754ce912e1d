// builtin:chat: a support agent in a chat window, on a completion model with tools, written as teams write theirs.
//
// Each typed turn of the caller is answered by the model; the calls that it asks for run at once, next to each other,
// with retries and a time-out, and their outputs go back to it, until it answers without a call. What it says is typed
// to the caller as soon as it is whole. When a tool or the model has failed for good, or the model calls without end,
// the fallback decides, as with builtin:voice:
//
//   fallback=none     nothing: no output for the model, no word to the caller
//   fallback=spoken   one sentence to the caller, and the error as output for the model
//
// Options: retries=N, backoff=TIME, timeout=TIME|none (of tools; retries and backoff of the model too),
// model_timeout=TIME|none (without a piece of an answer), rounds=N (of calls in one turn), fallback=none|spoken.
#pragma once

#include "sim/agents/chat_turn.h"

namespace ringback::sim {

class ChatAgent final : public Agent {
 public:
  explicit ChatAgent(const ChatOptions& options) : options_(options) {}
  Task<void> run(AgentWorld& world) override;

 private:
  ChatOptions options_;
};

}  // namespace ringback::sim
