// A conversation without some of its turns or exchanges. Pure.
//
// A turn begins where the caller begins to speak, types or presses a key, and ends where the next one does; what stands
// before the first one always stays. What comes later moves forward, exchanges are numbered anew, and the case's
// offsets move along. Whether what is left is a conversation at all is for a run to say.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/explore/case.h"
#include "sim/explore/minimize.h"
#include "src/trace/trace.h"

namespace ringback::sim {

struct ShorterCall {
  trace::Trace recording;
  Case one;
};

// Ascending.
std::vector<VirtualTime> turn_begins(const trace::Trace& recording);
// With the turns `kept` of those that begin at `begins`.
ShorterCall with_turns(const trace::Trace& recording, const Case& one, const std::vector<VirtualTime>& begins,
                       const Subset& kept);

struct ExchangeId {
  trace::ChannelId channel = trace::kControlChannel;
  std::uint32_t exchange = 0;
};
// Calls of tools and responses of models, in the order in which they begin.
std::vector<ExchangeId> exchanges_of(const trace::Trace& recording);
ShorterCall with_exchanges(const trace::Trace& recording, const Case& one, const std::vector<ExchangeId>& exchanges,
                           const Subset& kept);

// Without what the recorded agent sent as sound: to its caller, and on to the model.
trace::Trace without_agent_sound(const trace::Trace& recording);

}  // namespace ringback::sim
