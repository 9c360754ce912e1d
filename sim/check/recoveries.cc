#include "sim/check/recoveries.h"

#include <algorithm>
#include <map>

#include "sim/check/requests.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

std::vector<Trouble> all_that_went_wrong(const Timeline& timeline) {
  std::vector<Trouble> wrong;
  for (const FaultHit& hit : timeline.faults)
    wrong.push_back(
        {.from = hit.at, .event = hit.event, .what = fmt::format("{}: {} on {}", hit.fault, hit.action, hit.channel)});
  for (const ToolExchange& exchange : timeline.tools) {
    if (exchange.is_bad())
      wrong.push_back({.from = *exchange.ended,
                       .event = exchange.end_event,
                       .what = fmt::format("{}: {}", tool_name(exchange.channel), describe_outcome(exchange))});
  }
  for (const Disconnection& lost : timeline.disconnections) {
    if (!lost.by_agent)
      wrong.push_back({.from = lost.at, .event = lost.event, .what = fmt::format("{}: connection lost", lost.channel)});
  }
  for (const ModelResponse& response : timeline.responses) {
    if (response.done && (response.status == "failed" || response.status == "incomplete"))
      wrong.push_back({.from = *response.done,
                       .event = response.event,
                       .what = fmt::format("{}: response {}", response.channel, response.status)});
  }
  std::stable_sort(wrong.begin(), wrong.end(), [](const Trouble& a, const Trouble& b) { return a.from < b.from; });
  return wrong;
}

// Goes through the turns in order; what belongs to a turn is what begins in it.
class Turns {
 public:
  explicit Turns(const Timeline& timeline) : timeline_(timeline) {}

  // When the next turn went well; nothing where it did not.
  std::optional<VirtualTime> next(const Turn& turn, VirtualTime until) {
    bool is_good = turn.heard.has_value();
    std::optional<VirtualTime> settled = turn.heard;
    for (; call_ < timeline_.calls.size() && timeline_.calls[call_].opened < until; ++call_) {
      const FunctionCall& call = timeline_.calls[call_];
      if (call.opened < turn.begin) continue;
      is_good = is_good && call.answered.has_value();
      if (!call.answered) continue;
      const auto sent = std::lower_bound(timeline_.agent_sent.begin(), timeline_.agent_sent.end(), *call.answered);
      is_good = is_good && sent != timeline_.agent_sent.end() && *sent < until;
      if (is_good) settled = std::max(*settled, *sent);
    }
    std::map<std::string, bool> last_of_tool;
    for (; tool_ < timeline_.tools.size() && timeline_.tools[tool_].requested < until; ++tool_) {
      const ToolExchange& exchange = timeline_.tools[tool_];
      if (exchange.requested >= turn.begin) last_of_tool[exchange.channel] = exchange.is_ok();
    }
    is_good =
        is_good && std::all_of(last_of_tool.begin(), last_of_tool.end(), [](const auto& tool) { return tool.second; });
    const ModelResponse* last = nullptr;
    for (; response_ < timeline_.responses.size() && timeline_.responses[response_].begin() < until; ++response_) {
      const ModelResponse& response = timeline_.responses[response_];
      if (response.begin() >= turn.begin && response.in_conversation && response.status != "refused") last = &response;
    }
    is_good = is_good && (last == nullptr || last->status == "completed" || last->status == "cancelled");
    return is_good ? settled : std::nullopt;
  }

 private:
  const Timeline& timeline_;
  std::size_t call_ = 0;
  std::size_t tool_ = 0;
  std::size_t response_ = 0;
};

std::vector<VirtualTime> good_moments(const Timeline& timeline) {
  std::vector<VirtualTime> moments;
  Turns turns(timeline);
  for (std::size_t n = 0; n < timeline.turns.size(); ++n) {
    const VirtualTime until = n + 1 < timeline.turns.size() ? timeline.turns[n + 1].begin : timeline.end;
    if (const std::optional<VirtualTime> settled = turns.next(timeline.turns[n], until)) moments.push_back(*settled);
  }
  return moments;
}

}  // namespace

std::vector<Trouble> troubles(const Timeline& timeline) {
  const std::vector<VirtualTime> good = good_moments(timeline);
  std::vector<Trouble> found;
  for (Trouble& trouble : all_that_went_wrong(timeline)) {
    if (trouble.from >= timeline.end) break;
    if (!found.empty() && (!found.back().settled || trouble.from <= *found.back().settled)) continue;
    const auto settled = std::lower_bound(good.begin(), good.end(), trouble.from);
    if (settled != good.end()) trouble.settled = *settled;
    trouble.length = trouble.settled.value_or(timeline.end) - trouble.from;
    found.push_back(std::move(trouble));
  }
  return found;
}

}  // namespace ringback::sim
