// What a recording's tools answered: each exchange with its canonical arguments, its latency and its answer.
//
//   const RecordedTools tools = read_recorded_tools(recording);
//   for (const RecordedTool& tool : tools) ...
//
// Arguments that are no JSON stay as they are.
#pragma once

#include <optional>
#include <vector>

#include "src/trace/trace.h"

namespace ringback::sim {

struct RecordedExchange {
  Bytes arguments;                     // canonical
  Duration latency;                    // of the answer; 0 without one
  std::optional<trace::Event> answer;  // the first, where it was duplicated
};

struct RecordedTool {
  trace::Channel channel;
  std::vector<RecordedExchange> exchanges;  // by their requests
};

// One for each tool channel, in the order of the channels.
using RecordedTools = std::vector<RecordedTool>;

RecordedTools read_recorded_tools(const trace::Trace& recording);

}  // namespace ringback::sim
