#include "sim/check/overlaps.h"

#include <algorithm>

namespace ringback::sim {

std::vector<Heard> agent_stretches(const Timeline& timeline) {
  std::vector<Heard> stretches;
  for (const Heard& heard : timeline.agent_heard) {
    if (!stretches.empty() && heard.begin - stretches.back().end <= Floor::kBreathMax)
      stretches.back().end = heard.end;
    else
      stretches.push_back(heard);
  }
  return stretches;
}

std::vector<Interrupting> interruptings(const Timeline& timeline) {
  std::vector<Interrupting> found;
  const std::vector<Heard> stretches = agent_stretches(timeline);
  std::size_t next = 0;
  for (const Spoken& spoken : timeline.caller) {
    if (spoken.begin == spoken.end) continue;
    while (next < stretches.size() && stretches[next].end <= spoken.begin) ++next;
    if (next < stretches.size() && stretches[next].begin < spoken.begin)
      found.push_back({.caller = spoken, .agent = stretches[next]});
  }
  return found;
}

std::vector<Overlap> overlaps(const Timeline& timeline) {
  std::vector<Overlap> found;
  const std::vector<Heard> stretches = agent_stretches(timeline);
  std::size_t next = 0;
  for (const Spoken& spoken : timeline.caller) {
    if (spoken.begin == spoken.end) continue;
    while (next < stretches.size() && stretches[next].end <= spoken.begin) ++next;
    for (std::size_t i = next; i < stretches.size() && stretches[i].begin < spoken.end; ++i) {
      found.push_back({.begin = std::max(spoken.begin, stretches[i].begin),
                       .end = std::min(spoken.end, stretches[i].end),
                       .event = stretches[i].event});
    }
  }
  return found;
}

}  // namespace ringback::sim
