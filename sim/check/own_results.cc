// own_results: the output that the model is given for a call is not the answer that another call got.
//
// An agent may put into an output what it likes: its own error, a part of the answer. Only an output that is, as JSON,
// what some other call was answered, and not what this one was, has been mixed up: parallel calls whose outputs changed
// places, or a cache that looks at the function's name alone.
#include <algorithm>

#include "sim/check/property.h"
#include "sim/check/requests.h"
#include "src/base/error.h"
#include "src/wire/canonical_json.h"

namespace ringback::sim {
namespace {

// What many tools answer alike ("{}", "null", "true") tells nothing.
constexpr std::size_t kTellingSize = 6;

bool is_of(const ToolExchange& exchange, const FunctionCall& call) {
  return function_of(exchange.channel) == function_of(call.name) && exchange.arguments == call.arguments;
}

// Null where the output is its own, or nobody's. `bodies`: of timeline.tools, canonical.
const ToolExchange* whose_answer(const Timeline& timeline, const std::vector<Bytes>& bodies, const FunctionCall& call) {
  if (call.output.size() < kTellingSize) return nullptr;
  const ToolExchange* other = nullptr;
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    const ToolExchange& exchange = timeline.tools[i];
    if (!exchange.is_ok() || *exchange.ended > *call.answered || bodies[i] != call.output) continue;
    if (is_of(exchange, call)) return nullptr;
    other = &exchange;
  }
  return other;
}

}  // namespace

Finding check_own_results(const Timeline& timeline, const OwnResults& limit) {
  Finding finding{.rests_until = VirtualTime()};
  std::size_t outputs = 0;
  std::vector<Bytes> bodies;
  for (const ToolExchange& exchange : timeline.tools)
    bodies.push_back(exchange.is_ok() ? wire::canonical_json(exchange.body) : Bytes());
  for (const FunctionCall& call : timeline.calls) {
    if (!call.answered || !selects_tool(limit.tool, call.name)) continue;
    ++outputs;
    finding.rests_until = std::max(finding.rests_until.value_or(VirtualTime()), *call.answered);
    const ToolExchange* other = whose_answer(timeline, bodies, call);
    if (other == nullptr) continue;
    finding.add({.at = *call.answered,
                 .event = call.answer_event,
                 .text = fmt::format("{} {} is told what {} {} answered: {}", one_line(call.name, 40),
                                     one_line(call.arguments, 40), tool_name(other->channel),
                                     one_line(other->arguments, 40), one_line(call.output, 60))});
  }
  if (outputs == 0 && limit.tool != "*")
    return {.verdict = Verdict::undecided, .text = fmt::format("no function {} got an output", limit.tool)};
  finding.verdict = finding.evidence.empty() ? Verdict::held : Verdict::failed;
  finding.text = outputs == 0 ? "no outputs" : fmt::format("{} of {} mixed up", finding.evidence.size(), outputs);
  return finding;
}

}  // namespace ringback::sim
