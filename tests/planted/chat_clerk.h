// A small agent in a chat window, on a completion model, and the mistakes that can be planted in it, one at a time.
#pragma once

#include "include/ringback/agent.h"

namespace ringback::planted {

enum class ChatFlaw {
  none,
  waits_for_the_stream,
  waits_for_each_piece_anew,
  says_nothing_when_the_model_fails,
  accepts_empty_answers,
  retries_without_end,
  backs_off_without_cap,
  waits_for_lost_replies,
  gives_up_in_silence,
  hands_outputs_in_order_of_arrival,
  one_failure_drops_all_outputs,
  waits_for_unknown_functions,
  parses_arguments_unchecked,
  reads_fields_unchecked,
  orders_again_after_a_time_out,
  orders_again_when_asked_again,
  takes_any_status_for_success,
  claims_success_whatever_came,
  caches_by_function,
  drops_long_answers,
  finishes_retries_after_hang_up,
};

class ChatClerk final : public Agent {
 public:
  explicit ChatClerk(ChatFlaw flaw) : flaw_(flaw) {}
  Task<void> run(AgentWorld& world) override;

 private:
  ChatFlaw flaw_;
};

}  // namespace ringback::planted
