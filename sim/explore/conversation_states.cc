#include "sim/explore/conversation_states.h"

#include <algorithm>
#include <bit>
#include <optional>

namespace ringback::sim {
namespace {

struct Edge {
  VirtualTime at;
  std::uint32_t bit = 0;
  int step = 0;  // 1 begins, -1 ends
};

class Edges {
 public:
  // What never ended goes on to the end of the run.
  void add(std::uint32_t bit, VirtualTime begin, std::optional<VirtualTime> end) {
    edges_.push_back({.at = begin, .bit = bit, .step = 1});
    if (end.has_value()) edges_.push_back({.at = std::max(begin, *end), .bit = bit, .step = -1});
  }
  std::vector<Edge> sorted() && {
    std::stable_sort(edges_.begin(), edges_.end(), [](const Edge& a, const Edge& b) { return a.at < b.at; });
    return std::move(edges_);
  }

 private:
  std::vector<Edge> edges_;
};

}  // namespace

ConversationStates::ConversationStates(const Timeline& timeline) {
  Edges edges;
  for (const Spoken& spoken : timeline.caller) edges.add(caller_speaks, spoken.begin, spoken.end);
  for (const Spoken& spoken : timeline.agent) edges.add(agent_speaks, spoken.begin, spoken.end);
  for (const ModelResponse& response : timeline.responses) edges.add(model_answers, response.begin(), response.done);
  for (const FunctionCall& call : timeline.calls) edges.add(call_is_open, call.opened, call.answered);
  for (const ToolExchange& exchange : timeline.tools) edges.add(tool_is_asked, exchange.requested, exchange.ended);
  const std::vector<Edge> sorted = std::move(edges).sorted();
  int under_way[5] = {};
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    int& count = under_way[std::countr_zero(sorted[i].bit)];
    count += sorted[i].step;
    bits = count > 0 ? bits | sorted[i].bit : bits & ~sorted[i].bit;
    const bool is_last_of_moment = i + 1 == sorted.size() || sorted[i + 1].at != sorted[i].at;
    const std::uint32_t before = states_.empty() ? 0 : states_.back().bits;
    if (is_last_of_moment && bits != before) states_.push_back({.since = sorted[i].at, .bits = bits});
  }
}

std::uint32_t ConversationStates::at(VirtualTime time) const {
  const auto behind = std::upper_bound(states_.begin(), states_.end(), time,
                                       [](VirtualTime at, const State& state) { return at < state.since; });
  return behind == states_.begin() ? 0 : std::prev(behind)->bits;
}

}  // namespace ringback::sim
