// Who said what in a recorded series of completion requests, read out of the requests themselves: an HTTP recording has
// the model's channel alone, and a replay needs the caller's turns and the tools' answers.
//
// Each request holds the whole conversation so far, so what the next one adds is what the caller typed and what the
// tools answered. Only where all requests of the channel make one conversation is there anything to read out.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "src/trace/trace.h"

namespace ringback::formats {

struct DerivedEvent {
  std::size_t before = 0;  // position in the events that it stands before
  std::string channel;     // "caller", "tool:lookup"
  trace::Event event;      // without channel id
};

struct DerivedConversation {
  std::vector<std::string> tools;  // channels, in order of their first calls
  std::vector<DerivedEvent> events;
};

// Of the events of `model`, by `at` and order. Empty where they are not one conversation that begins with the caller.
DerivedConversation derive_conversation(const std::vector<const trace::Event*>& events, const trace::Channel& model);

}  // namespace ringback::formats
