#include "sim/agents/chat.h"

#include <utility>

namespace ringback::sim {
namespace {

// What the caller typed and nobody has taken up yet.
struct Typed {
  std::vector<std::string> texts;
  Mailbox<bool> wake;  // true: something was typed; false: the agent speaks first
  Typed(Kernel& kernel, Lane& lane) : wake(kernel, lane) {}
};

// Answers turn by turn; what the caller types meanwhile makes one turn.
Task<void> answer_turns(AgentWorld& world, const ChatOptions& options, Typed& typed) {
  std::vector<wire::ChatItem> conversation;
  AgentWorld* const place = &world;
  for (;;) {
    std::optional<bool> woken = co_await typed.wake.receive();
    if (!woken.has_value()) break;
    if (typed.texts.empty() && *woken) continue;  // taken up with the turn before
    for (std::string& text : std::exchange(typed.texts, {}))
      conversation.push_back({.role = wire::ChatItem::Role::user, .text = std::move(text), .calls = {}, .call_id = {}});
    ChatTurn turn(
        world, options, conversation,
        {.on_attempt = {}, .on_piece = {}, .on_answer = [place](const Bytes& text) { place->caller.send_text(text); }});
    const bool answered = co_await turn.run();
    if (answered || !options.speaks_fallback) continue;
    world.caller.send_text(std::string(kChatFallback));
    conversation.push_back(
        {.role = wire::ChatItem::Role::assistant, .text = Bytes(kChatFallback), .calls = {}, .call_id = {}});
  }
}

}  // namespace

Task<void> ChatAgent::run(AgentWorld& world) {
  Typed typed(world.kernel, world.lane);
  Scope work(world.kernel, world.lane);
  work.spawn(answer_turns(world, options_, typed));
  if (world.setup.speaks_first) typed.wake.push(false);
  for (;;) {
    std::optional<CallerInput> input = co_await world.caller.inbox().receive();
    if (!input.has_value() || std::holds_alternative<CallerHungUp>(*input)) break;
    auto* const text = std::get_if<CallerText>(&*input);
    if (text == nullptr) continue;
    typed.texts.push_back(std::move(text->text));
    typed.wake.push(true);
  }
}

}  // namespace ringback::sim
