// What a test asks of the events of a run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/run/result.h"

namespace ringback::testing {

// What the agent wrote, in order.
inline std::vector<std::string> texts_of_agent(const sim::RunResult& result) {
  std::vector<std::string> texts;
  for (const trace::Event& event : result.run.events) {
    if (event.kind == trace::EventKind::text && event.direction == trace::Direction::from_agent)
      texts.push_back(trace::body_of<trace::Text>(event).text);
  }
  return texts;
}

// Events of a kind, on one channel where `channel` is not empty.
inline std::size_t count(const sim::RunResult& result, trace::EventKind kind, std::string_view channel = {}) {
  std::size_t found = 0;
  for (const trace::Event& event : result.run.events) {
    if (event.kind != kind) continue;
    const trace::Channel* of = result.run.channels.find(event.channel);
    if (channel.empty() || (of != nullptr && of->name == channel)) ++found;
  }
  return found;
}

}  // namespace ringback::testing
