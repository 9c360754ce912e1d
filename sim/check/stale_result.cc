// stale_result: no result is spoken that a newer one has replaced, or that is older than `max_age`.
//
// A result is replaced where the model called the same function again with other arguments, and had that output before.
// Its age is counted from the tool's answer to the first sound or text that was sent after the output.
#include <algorithm>
#include <map>

#include "sim/check/property.h"
#include "sim/check/requests.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

std::optional<VirtualTime> spoken_after(const Timeline& timeline, VirtualTime from) {
  const auto sent = std::lower_bound(timeline.agent_sent.begin(), timeline.agent_sent.end(), from);
  return sent == timeline.agent_sent.end() ? std::nullopt : std::optional(*sent);
}

// When the tool gave the last good answer for a call before its output; for all calls in order of their outputs.
class Answers {
 public:
  explicit Answers(const Timeline& timeline) {
    for (const ToolExchange& exchange : timeline.tools) {
      if (exchange.is_ok()) good_[{function_of(exchange.channel), exchange.arguments}].push_back(*exchange.ended);
    }
    for (auto& [key, times] : good_) std::sort(times.begin(), times.end());
  }
  std::optional<VirtualTime> before(const FunctionCall& call) const {
    const auto times = good_.find({function_of(call.name), call.arguments});
    if (times == good_.end()) return std::nullopt;
    const auto after = std::upper_bound(times->second.begin(), times->second.end(), *call.answered);
    return after == times->second.begin() ? std::nullopt : std::optional(*(after - 1));
  }

 private:
  std::map<std::pair<std::string, std::string>, std::vector<VirtualTime>> good_;
};

}  // namespace

Finding check_stale_result(const Timeline& timeline, const StaleResult& limit) {
  std::vector<const FunctionCall*> calls;
  for (const FunctionCall& call : timeline.calls) {
    if (call.answered && selects_tool(limit.tool, call.name)) calls.push_back(&call);
  }
  if (calls.empty() && limit.tool != "*")
    return {.verdict = Verdict::undecided, .text = fmt::format("no function {} got an output", limit.tool)};
  std::stable_sort(calls.begin(), calls.end(),
                   [](const FunctionCall* a, const FunctionCall* b) { return a->answer_event < b->answer_event; });
  Finding finding{.rests_until = VirtualTime()};
  const Answers answers(timeline);
  std::map<std::string, const FunctionCall*> newest;  // by name: the call that was made last, of those with an output
  for (const FunctionCall* call : calls) {
    const std::optional<VirtualTime> spoken = spoken_after(timeline, *call->answered);
    finding.rests_until = spoken.value_or(timeline.end);
    const FunctionCall*& newer = newest[call->name];
    const bool is_replaced = newer != nullptr && newer->event > call->event && newer->arguments != call->arguments;
    if (newer == nullptr || newer->event < call->event) newer = call;
    if (!spoken) continue;
    const std::optional<VirtualTime> answered = answers.before(*call);
    if (is_replaced) {
      finding.add(
          {.at = *call->answered,
           .event = call->answer_event,
           .text = fmt::format("{} {} is told to the model after {}, which was asked later", one_line(call->name, 40),
                               one_line(call->arguments, 40), one_line(newer->arguments, 40))});
    } else if (limit.max_age && answered && *spoken - *answered > *limit.max_age) {
      finding.add({.at = *spoken,
                   .event = call->answer_event,
                   .text = fmt::format("the result of {} {} is {} old when it is spoken", one_line(call->name, 40),
                                       one_line(call->arguments, 40), to_seconds_text(*spoken - *answered))});
    }
  }
  finding.verdict = finding.evidence.empty() ? Verdict::held : Verdict::failed;
  finding.text = calls.empty() ? "no results" : fmt::format("{} of {}", finding.evidence.size(), calls.size());
  return finding;
}

}  // namespace ringback::sim
