// From something that went wrong to the first turn that goes well again.
//
// What goes wrong is a fault that acts, an attempt on a tool that fails, a connection that is lost to the agent, or a
// response that ends as failed or refused. While nothing has gone well since, more of it belongs to the same trouble.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/check/timeline.h"

namespace ringback::sim {

struct Trouble {
  VirtualTime from;
  EventIndex event = 0;
  std::string what;                    // "ehr-malformed: body on tool:ehr.lookup_patient"
  std::optional<VirtualTime> settled;  // when a turn had gone well; nothing: not before the call was over
  Duration length;                     // until then, or until the end: then a lower bound
};

// In order. A turn went well where the agent was heard after it, nothing was left unanswered, every tool's last attempt
// in it succeeded, and the last response in it ended as it should; it is settled when the agent is heard, or where
// functions were called, when sound is sent after the last output.
std::vector<Trouble> troubles(const Timeline& timeline);

}  // namespace ringback::sim
