// What is said on the WebSocket of a call, once it is open: by a phone network, or by a chat window.
//
//   std::unique_ptr<CallTalk> talk = make_call_talk(world, 1);
//   for (Bytes& message : talk->opening()) send(message);
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sim/agents/port.h"

namespace ringback::process {

class CallTalk {
 public:
  virtual ~CallTalk() = default;
  // The first messages, at the time at which the line is open.
  virtual std::vector<Bytes> opening() = 0;
  // What the caller does, for the agent; nothing where it has no form here.
  virtual std::optional<Bytes> forward(const sim::CallerInput& input) = 0;
  // The last message, before the close.
  virtual std::optional<Bytes> farewell() = 0;
  // A message of the agent.
  virtual void obey(BytesView message) = 0;
};

// Twilio Media Streams where the caller speaks, JSON with a member `text` where the caller types (docs/agents.md).
// `attempt` counts the lines of one call, from 1. `world` outlives the talk. Throws Error where the caller's sound is
// not what Twilio carries.
std::unique_ptr<CallTalk> make_call_talk(sim::AgentWorld& world, std::uint32_t attempt);

}  // namespace ringback::process
