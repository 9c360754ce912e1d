// A small phone agent of speech-to-text, a completion model and text-to-speech, and the mistakes that can be planted in
// it, one at a time.
#pragma once

#include "include/ringback/agent.h"

namespace ringback::planted {

enum class CascadeFlaw {
  none,
  // text-to-speech
  believes_in_the_synthesizer,
  loses_the_sentence_with_the_socket,
  ignores_errors_of_the_synthesizer,
  plays_late_sound_of_stopped_sentences,
  keeps_queued_sentences,
  speaks_into_the_caller,
  // speech-to-text
  never_reopens_the_transcriber,
  believes_in_the_transcriber,
  takes_a_transcript_twice,
  trusts_the_transcriber_to_hear,
  // model and tools
  waits_for_the_stream,
  says_nothing_when_the_model_fails,
  hands_outputs_in_order_of_arrival,
  gives_up_in_silence,
  waits_for_unknown_functions,
  orders_again_when_asked_again,
};

class CascadeLine final : public Agent {
 public:
  explicit CascadeLine(CascadeFlaw flaw) : flaw_(flaw) {}
  Task<void> run(AgentWorld& world) override;

 private:
  CascadeFlaw flaw_;
};

}  // namespace ringback::planted
