// The key of a conversation that a completion request holds (conversation_key.h).
//
// Text of the caller and outputs of tools count as they are; an answer of the model by its calls (names and canonical
// arguments), or without calls by its text without the white space around it. Ids of calls count by their places, what
// the system says does not count.
#pragma once

#include <vector>

#include "src/base/hash.h"
#include "src/wire/completion.h"

namespace ringback::sim {

Hash128 chat_key(const std::vector<wire::ChatItem>& conversation);

}  // namespace ringback::sim
