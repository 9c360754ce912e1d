#include "tests/planted/chat_clerk.h"

#include <utility>
#include <vector>

#include "tests/planted/model_turn.h"

namespace ringback::planted {
namespace {

TurnCare care_with(ChatFlaw flaw) {
  TurnCare care;
  care.functions = {"find_order", "track", "replace_order", "survey"};
  care.effects = {"replace_order"};
  care.later = "survey";
  care.tool.deadline = milliseconds(3000);
  constexpr Duration kForEver = seconds(3600);
  switch (flaw) {
    case ChatFlaw::none:
    case ChatFlaw::finishes_retries_after_hang_up:
      break;
    case ChatFlaw::waits_for_the_stream:
      care.piece_limit = care.answer_limit = kForEver;
      break;
    case ChatFlaw::waits_for_each_piece_anew:
      care.answer_limit = kForEver;
      break;
    case ChatFlaw::says_nothing_when_the_model_fails:
      care.says_so_when_it_fails = false;
      break;
    case ChatFlaw::accepts_empty_answers:
      care.notices_empty_answers = false;
      break;
    case ChatFlaw::retries_without_end:
      care.tool.retries = 1000;
      care.tool.backoff = Duration();
      break;
    case ChatFlaw::backs_off_without_cap:
      care.tool.retries = 6;
      care.tool.backoff = milliseconds(500);
      care.tool.backoff_max = care.tool.deadline = kForEver;
      break;
    case ChatFlaw::waits_for_lost_replies:
      care.tool.notices_failures = false;
      care.tool.attempt_limit = care.tool.deadline = kForEver;
      break;
    case ChatFlaw::gives_up_in_silence:
      care.says_so_when_a_tool_fails = false;
      break;
    case ChatFlaw::hands_outputs_in_order_of_arrival:
      care.outputs_by_call = false;
      break;
    case ChatFlaw::one_failure_drops_all_outputs:
      care.keeps_good_outputs = false;
      break;
    case ChatFlaw::waits_for_unknown_functions:
      care.answers_unknown_functions = false;
      break;
    case ChatFlaw::parses_arguments_unchecked:
      care.checks_arguments = false;
      break;
    case ChatFlaw::reads_fields_unchecked:
      care.reads_fields_checked = false;
      break;
    case ChatFlaw::orders_again_after_a_time_out:
      care.repeats_effects = true;
      break;
    case ChatFlaw::orders_again_when_asked_again:
      care.remembers_effects = false;
      break;
    case ChatFlaw::takes_any_status_for_success:
      care.tool.checks_status = false;
      break;
    case ChatFlaw::claims_success_whatever_came:
      care.claims_after_success = false;
      break;
    case ChatFlaw::caches_by_function:
      care.caches_by_arguments = false;
      break;
    case ChatFlaw::drops_long_answers:
      care.output_max = 65'536;
      break;
  }
  return care;
}

// Answers turn by turn; what the caller types meanwhile makes one turn.
Task<void> answer_turns(AgentWorld& world, const TurnCare& care, Scope& background, Mailbox<std::string>& typed) {
  TurnMemory memory;
  AgentWorld* const place = &world;
  for (;;) {
    std::optional<std::string> text = co_await typed.receive();
    if (!text.has_value()) break;
    memory.conversation.push_back(
        {.role = wire::ChatItem::Role::user, .text = Bytes(*text), .calls = {}, .call_id = {}});
    ModelTurn turn(world, care, memory, background,
                   [place](const std::string& said) { place->caller.send_text(said); });
    co_await turn.run();
  }
}

}  // namespace

Task<void> ChatClerk::run(AgentWorld& world) {
  const TurnCare care = care_with(flaw_);
  Mailbox<std::string> typed(world.kernel, world.lane);
  Scope background(world.kernel, world.lane);
  Scope work(world.kernel, world.lane);
  work.spawn(answer_turns(world, care, background, typed));
  for (;;) {
    std::optional<CallerInput> input = co_await world.caller.inbox().receive();
    if (!input.has_value() || std::holds_alternative<CallerHungUp>(*input)) break;
    auto* const text = std::get_if<CallerText>(&*input);
    if (text != nullptr) typed.push(std::move(text->text));
  }
  while (flaw_ == ChatFlaw::finishes_retries_after_hang_up && background.running() > 0) {
    co_await sleep(world.kernel, world.lane, milliseconds(100));
  }
}

}  // namespace ringback::planted
