// ends_cleanly: somebody hung up because the conversation was over; nobody lost patience, the agent neither broke nor
// hung up on a caller who waited for an answer.
#include "sim/check/property.h"
#include "sim/check/requests.h"
#include "src/base/error.h"

namespace ringback::sim {

Finding check_ends_cleanly(const Timeline& timeline, const RunResult& result) {
  const auto failed = [&](std::string text, std::optional<EventIndex> event) {
    return Finding{
        .verdict = Verdict::failed, .text = text, .evidence = {{.at = timeline.end, .event = event, .text = text}}};
  };
  if (result.ended_by == "agent-failed") return failed("the agent broke", std::nullopt);
  if (!timeline.hang_up) {
    if (result.halted) return {.verdict = Verdict::undecided, .text = "the run stopped before the end of the call"};
    if (result.ended_by == "limit")
      return failed(fmt::format("the call still went on at {}", to_seconds_text(timeline.end.since_start())),
                    std::nullopt);
    return failed("the call never ended", std::nullopt);
  }
  const HangUp& hang_up = *timeline.hang_up;
  if (hang_up.reason == "patience") return failed("the caller lost patience and hung up", hang_up.event);
  if (!hang_up.reason.empty())
    return failed(fmt::format("{} hung up: {}", hang_up.by, one_line(hang_up.reason, 60)), hang_up.event);
  const bool left_waiting = hang_up.by == "agent" && !timeline.waits.empty() &&
                            timeline.waits.back().end == timeline.end &&
                            timeline.waits.back().cause == Wait::Cause::caller_turn;
  if (left_waiting) return failed("the agent hung up on a caller who waited for an answer", hang_up.event);
  return {.text = fmt::format("the {} hung up", hang_up.by),
          .evidence = {{.at = hang_up.at, .event = hang_up.event, .text = fmt::format("the {} hung up", hang_up.by)}}};
}

}  // namespace ringback::sim
