// What the peers tell the run: where answers came from, and where the run left the recording.
#pragma once

#include <string>

#include "sim/dialog/reaction.h"
#include "sim/peers/divergence.h"
#include "src/trace/event.h"

namespace ringback::sim {

class Watch {
 public:
  virtual ~Watch() = default;
  // One answer was given.
  virtual void count_answer(trace::Origin origin) = 0;
  // A stand-in answers for the model; counted beside count_answer(Origin::stub).
  virtual void stood_in(StandIn stand_in) = 0;
  // A rule of the user answered; `index` is its place in the schedule.
  virtual void rule_applied(std::size_t index) = 0;
  // True where the policy is to go on; false where the run ends here and nothing more shall be sent.
  virtual bool diverged(Divergence divergence) = 0;
  // Something the user should know; said once however often it happens.
  virtual void notice(std::string text) = 0;
  // The call is over: "caller", "agent", "patience".
  virtual void call_ended(const std::string& by) = 0;
};

}  // namespace ringback::sim
