// The facts of a finished run for the Floor. They are found in any order (speech only shows once it is over) and fed in
// time order.
//
// At one and the same time they go in this order: the start of the call, a lost connection, the end of the caller's
// speech, its beginning, a typed turn, what happened on the model's channel in the order of the run, sound that is
// sent anew, sound sent, sound that ends, sound that begins, a text.
#pragma once

#include <vector>

#include "sim/dialog/floor.h"

namespace ringback::sim {

class FloorFacts {
 public:
  enum class Kind {
    call_started,
    connection_lost,
    caller_stopped,
    caller_started,
    caller_typed,
    response_opened,
    response_closed,
    call_opened,
    call_closed,
    agent_began_to_send,
    agent_sent,
    agent_audible_until,
    agent_audible_from,
    agent_wrote,
  };

  void add(Kind kind, VirtualTime at) { facts_.push_back({at, kind}); }
  // What the floor was like until `end`; facts after it do not count.
  Floor play(VirtualTime end) const;

 private:
  struct Fact {
    VirtualTime at;
    Kind kind;
  };
  std::vector<Fact> facts_;
};

}  // namespace ringback::sim
