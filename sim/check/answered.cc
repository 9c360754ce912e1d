// answered: every function call of the model gets its output. A call whose connection broke before does not count:
// nobody could have taken the output.
#include "sim/check/property.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

std::string shown(const std::string& name) { return name.empty() ? "a function without a name" : name; }

}  // namespace

Finding check_answered(const Timeline& timeline, const Answered& limit) {
  std::size_t calls = 0;
  std::size_t lost = 0;
  Finding finding{.rests_until = VirtualTime()};
  std::size_t unanswered = 0;
  for (const FunctionCall& call : timeline.calls) {
    if (!selects_tool(limit.tool, call.name)) continue;
    ++calls;
    finding.rests_until = call.opened;
    if (call.answered) continue;
    if (call.was_lost) {
      ++lost;
      continue;
    }
    ++unanswered;
    finding.add({.at = call.opened,
                 .event = call.event,
                 .text = fmt::format("{} was called and got no output in {}", shown(call.name),
                                     to_seconds_text(timeline.end - call.opened))});
  }
  if (calls == 0 && limit.tool != "*")
    return {.verdict = Verdict::undecided, .text = fmt::format("no function {} was called", limit.tool)};
  finding.verdict = unanswered == 0 ? Verdict::held : Verdict::failed;
  finding.text = calls == 0 ? "no calls" : fmt::format("{} of {}", calls - unanswered - lost, calls);
  if (lost > 0) finding.text += fmt::format(", {} lost with the connection", lost);
  return finding;
}

}  // namespace ringback::sim
