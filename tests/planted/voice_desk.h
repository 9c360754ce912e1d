// A small phone agent on a Realtime model, written with care, and the mistakes that can be planted in it, one at a
// time.
//
// Each flaw is one line or one branch of the agent that is as people write it by mistake; without a flaw the agent is
// the repaired twin of them all.
#pragma once

#include "include/ringback/agent.h"

namespace ringback::planted {

enum class VoiceFlaw {
  none,
  // tools
  retries_without_end,
  gives_up_in_silence,
  waits_without_limit,
  retries_bookings,
  books_again_when_asked_again,
  starts_duplicated_calls,
  treats_lost_reply_as_pending,
  backs_off_without_cap,
  checks_deadline_between_attempts,
  claims_success_whatever_came,
  finishes_retries_after_hang_up,
  reads_fields_unchecked,
  drops_long_answers,
  forgets_the_answer_that_is_due,
  holds_result_for_next_turn,
  ignores_unknown_functions,
  parses_arguments_unchecked,
  names_come_with_the_item,
  // the model's session
  believes_in_the_socket,
  never_returns_reconnects,
  keeps_item_ids,
  keeps_response_flag,
  forgets_the_conversation,
  apologises_over_the_caller,
  accepts_empty_answers,
  gives_up_on_rate_limits,
  drops_early_speech,
  // two who speak
  plays_on_after_interruption,
  tells_what_was_received,
  tells_nothing,
  clears_on_late_news,
  trusts_the_server_to_hear,
  // keys
  waits_for_the_hash,
};

class VoiceDesk final : public Agent {
 public:
  explicit VoiceDesk(VoiceFlaw flaw) : flaw_(flaw) {}
  Task<void> run(AgentWorld& world) override;

 private:
  VoiceFlaw flaw_;
};

}  // namespace ringback::planted
