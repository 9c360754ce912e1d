// One turn of an agent on a completion model: asks, runs the calls that the model asks for, all at once, and asks
// again, until the model has nothing to call. Shared by the builtin agents that have such a model.
//
//   ChatTurn turn(world, options, conversation, [&](const Bytes& text) { world.caller.send_text(text); });
//   bool answered = co_await turn.run();
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "sim/agents/tool_attempts.h"

namespace ringback::sim {

struct ChatOptions {
  RetryOptions retry;                                   // of tools, and of the model
  std::optional<Duration> model_timeout = seconds(30);  // of the model: without a piece of its answer
  std::uint32_t rounds = 10;                            // how often the model may ask for calls in one turn
  bool speaks_fallback = false;
};
inline constexpr std::uint32_t kRoundsMax = 1000;
// What the agent says when it has given up.
inline constexpr std::string_view kChatFallback = "I can't get that done right now. Please try again later.";

// Reads retries, backoff, timeout, model_timeout, rounds and fallback.
ChatOptions parse_chat_options(AgentOptions& options);

// Each may be empty.
struct ChatTurnHooks {
  std::function<void()> on_attempt;                  // the model is asked, or asked again
  std::function<void(const Bytes& piece)> on_piece;  // of its text, as it comes; another attempt says everything again
  std::function<void(const Bytes& text)> on_answer;  // each whole answer that has a text
};

class ChatTurn {
 public:
  // All outlive the turn. `conversation` gets the answers and outputs.
  ChatTurn(AgentWorld& world, const ChatOptions& options, std::vector<wire::ChatItem>& conversation,
           ChatTurnHooks hooks)
      : world_(world), options_(options), conversation_(conversation), hooks_(std::move(hooks)) {}

  // False where the agent gave up: a tool or the model failed for good, or there were too many rounds. Every call then
  // has an output in the conversation where the fallback is spoken, and none where it is not.
  Task<bool> run();

 private:
  Task<std::optional<wire::ChatItem>> ask();
  Task<std::optional<wire::ChatItem>> ask_once();
  Task<bool> run_calls(std::vector<wire::ChatCall> calls);

  AgentWorld& world_;
  const ChatOptions& options_;
  std::vector<wire::ChatItem>& conversation_;
  ChatTurnHooks hooks_;
};

}  // namespace ringback::sim
