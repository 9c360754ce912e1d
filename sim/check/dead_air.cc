// dead_air: no wait of the caller is longer than `max`.
#include <algorithm>

#include "sim/check/property.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

std::string_view words_for(Wait::Cause cause) {
  switch (cause) {
    case Wait::Cause::caller_turn:
      return "after the caller's turn";
    case Wait::Cause::call_start:
      return "from the start of the call";
    case Wait::Cause::pending:
      return "while an answer or a tool call was due";
    case Wait::Cause::inside_answer:
      return "inside an answer";
  }
  return "";
}

}  // namespace

Finding check_dead_air(const Timeline& timeline, const DeadAir& limit) {
  std::vector<Wait> waits = timeline.waits;
  std::stable_sort(waits.begin(), waits.end(), [](const Wait& a, const Wait& b) { return a.length() > b.length(); });
  if (waits.empty()) return {.text = "the caller never waited"};
  Finding finding{.verdict = waits.front().length() > limit.max ? Verdict::failed : Verdict::held,
                  .text = fmt::format("longest {}", to_seconds_text(waits.front().length())),
                  .rests_until = timeline.waits.back().end};
  for (const Wait& wait : waits) {
    const bool is_first = finding.evidence.empty();
    if (!is_first && (wait.length() <= limit.max || finding.evidence.size() == kEvidenceMax)) break;
    const bool until_the_end = wait.end == timeline.end && timeline.hang_up;
    const bool by_caller = until_the_end && timeline.hang_up->by == "caller";
    finding.evidence.push_back(
        {.at = wait.begin,
         .event = until_the_end ? std::optional(timeline.hang_up->event) : std::nullopt,
         .text = fmt::format("{} of silence {}{}", to_seconds_text(wait.length()), words_for(wait.cause),
                             !until_the_end ? ""
                             : by_caller    ? ", until the caller hung up"
                                            : ", until the agent hung up")});
  }
  return finding;
}

}  // namespace ringback::sim
