// What a model's answer depends on: a hash over the conversation's items so far.
//
// Two conversations have the same key when the caller said the same (by the sound's content), the same was typed, the
// tools' outputs are the same JSON (or the same octets), and the model's answers in between were the same. Prompts and
// tool descriptions do not enter. Outputs between two responses count as a set: parallel tools finish in any order.
#pragma once

#include <string>
#include <vector>

#include "src/base/hash.h"

namespace ringback::sim {

class ConversationKey {
 public:
  void add_user_turn(const Hash128& content);
  void add_text(std::string_view role, BytesView text);
  void add_output(std::string_view call_id, BytesView output);
  // `identity` names which response: of the recording, or made up.
  void add_response(std::string_view identity);

  // The item at this place (from 0) was taken out.
  void add_deletion(std::size_t position);

  Hash128 value() const;
  // Of a response beside the conversation, with input items of its own; the conversation stays as it is.
  Hash128 value_beside(BytesView input) const;

 private:
  Chain until_last_response_;
  std::vector<Bytes> outputs_;  // since the last response
  std::vector<Bytes> others_;
};

}  // namespace ringback::sim
