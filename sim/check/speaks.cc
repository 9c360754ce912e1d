// speaks: the agent is heard, or writes something, at least once. A caller who hangs up by plan within a second waited
// for nothing.
#include "sim/check/property.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

// What kept the agent from it, as far as the model's channels tell.
std::string reason_of(const Timeline& timeline) {
  for (const ModelResponse& response : timeline.responses) {
    if (response.done && response.status != "completed" && response.status != "cancelled")
      return fmt::format(" (response {}: {})", response.number,
                         response.detail.empty() ? response.status : response.detail);
  }
  for (const Disconnection& lost : timeline.disconnections) {
    if (!lost.by_agent) return fmt::format(" (the connection to {} was refused or lost)", lost.channel);
  }
  return "";
}

}  // namespace

Finding check_speaks(const Timeline& timeline, const RunResult& result) {
  if (!timeline.agent.empty())
    return {.text = fmt::format("first heard at {}", to_seconds_text(timeline.agent.front().begin - timeline.begin)),
            .rests_until = timeline.agent.front().begin};
  if (result.halted) return {.verdict = Verdict::undecided, .text = "the run stopped before the agent said anything"};
  const bool by_plan = timeline.hang_up && timeline.hang_up->by == "caller" && timeline.hang_up->reason.empty();
  if (by_plan && timeline.end - timeline.begin <= Floor::kPauseMax) return {.text = "the caller hung up at once"};
  const std::string text = "the agent said nothing in the whole call" + reason_of(timeline);
  return {.verdict = Verdict::failed,
          .text = text,
          .evidence = {{.at = timeline.end,
                        .event = timeline.hang_up ? std::optional(timeline.hang_up->event) : std::nullopt,
                        .text = text}}};
}

}  // namespace ringback::sim
