// Where in a run a fault can act: the channels, and how many calls, responses, tokens, events and frames each of them
// had.
//
// They are counted in a run without faults, so every anchor that is drawn from them exists in it.
//
//   const Sites sites = find_sites(run_scenario(scenario, agent).run);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/faults/actions.h"
#include "src/base/time.h"
#include "src/trace/trace.h"

namespace ringback::sim {

// One channel. Counts are of what crosses towards the agent; calls count requests.
struct ChannelSites {
  std::string channel;
  trace::ChannelKind kind = trace::ChannelKind::control;
  std::uint64_t exchanges = 0;        // calls of a tool, responses of a model: 1..exchanges
  std::vector<std::uint64_t> tokens;  // of each response
  std::vector<std::uint64_t> events;  // likewise, to the agent
  std::uint64_t frames = 0;           // of 20 ms
  std::vector<VirtualTime> began;     // when each exchange did: 1..exchanges
  // Events to the agent that belong to no exchange, at most kEventTimesMax: of a model what it tells of the session and
  // of the caller.
  std::vector<VirtualTime> between;
  std::vector<VirtualTime> event_times;  // of the events, ascending; at most kEventTimesMax, evenly taken
};

struct Sites {
  std::vector<ChannelSites> channels;  // in order of their ids; those without events are left out
  VirtualTime end;
};

inline constexpr std::size_t kEventTimesMax = 4096;

Sites find_sites(const trace::Trace& run);

}  // namespace ringback::sim
