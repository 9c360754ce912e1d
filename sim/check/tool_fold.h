// The tool channels: every attempt with what came of it.
//
// An attempt ends with the first answer, failure or abandonment; what comes later (a duplicate, a late answer) changes
// nothing. An answer is malformed where it looks like JSON (begins with a brace, a bracket or a quote) or was altered
// by a fault, and is not JSON: plain text is what some tools always answer.
#pragma once

#include <map>
#include <utility>

#include "sim/check/timeline.h"

namespace ringback::sim {

class ToolFold {
 public:
  ToolFold(const trace::ChannelTable& channels, Timeline& timeline) : channels_(channels), timeline_(timeline) {}

  void observe(const trace::Event& event, EventIndex index, VirtualTime at);
  // The same once the call was hung up: only what the agent begins then.
  void observe_late(const trace::Event& event, EventIndex index, VirtualTime at);

 private:
  void end(ToolExchange& exchange, const trace::Event& event, EventIndex index, VirtualTime at);

  const trace::ChannelTable& channels_;
  Timeline& timeline_;
  std::map<std::pair<trace::ChannelId, std::uint32_t>, std::size_t> open_;
};

}  // namespace ringback::sim
