// effects_after_hang_up: once the call was hung up the agent asks nothing new of the tool, publishes nothing and adds
// no job.
#include "sim/check/property.h"
#include "sim/check/requests.h"
#include "src/base/error.h"

namespace ringback::sim {

Finding check_effects_after_hang_up(const Timeline& timeline, const EffectsAfterHangUp& limit) {
  if (!timeline.hang_up) return {.text = "nobody hung up", .rests_until = VirtualTime()};
  Finding finding;
  std::size_t effects = 0;
  for (const Effect& effect : timeline.late_effects) {
    if (!selects_tool(limit.tool, effect.channel)) continue;
    ++effects;
    finding.add({.at = effect.at,
                 .event = effect.event,
                 .text = fmt::format("{} {}: {} after the call was hung up", tool_name(effect.channel),
                                     one_line(effect.what, 60), to_seconds_text(effect.at - timeline.hang_up->at))});
  }
  finding.verdict = effects == 0 ? Verdict::held : Verdict::failed;
  finding.text = effects == 0 ? "none" : fmt::format("{}", effects);
  return finding;
}

}  // namespace ringback::sim
