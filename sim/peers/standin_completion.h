// An answer of a completion model that nobody recorded: a sentence, a function call, or nothing, in the wire form that
// the agent asked for.
#pragma once

#include "sim/dialog/reaction.h"
#include "sim/peers/recorded_completions.h"

namespace ringback::sim {

struct StandinCompletion {
  wire::CompletionProtocol protocol = wire::CompletionProtocol::openai_chat;
  std::uint32_t number = 0;  // of the request in this run; makes the ids
  bool streams = false;
  Improvised what;
  Duration extra_latency;
};

// The head after kStandinLatency, then one token every kStandinPace (standin_response.h).
std::vector<CompletionEvent> make_standin_completion(const StandinCompletion& request);

}  // namespace ringback::sim
