// success_claimed: the agent claims success only where the last thing that was asked of the tool, before it said so,
// went well. A tool that answers 200 and {"error": ...} or {"success": false} did not do well.
#include <algorithm>

#include "sim/check/claims.h"
#include "sim/check/json_path.h"
#include "sim/check/property.h"
#include "sim/check/requests.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

bool went_well(const ToolExchange& exchange) {
  if (!exchange.is_ok()) return false;
  const auto says = [&](std::string_view member, std::string_view value) {
    const std::optional<Bytes> found = JsonPath::parse(member)->find(exchange.body);
    return found && *found == value;
  };
  const std::optional<Bytes> error = JsonPath::parse("$.error")->find(exchange.body);
  const bool has_error = error && *error != "null" && *error != "false" && *error != "\"\"";
  return !has_error && !says("$.success", "false") && !says("$.ok", "false") && !says("$.status", "\"error\"");
}

}  // namespace

Finding check_success_claimed(const Timeline& timeline, const SuccessClaimed& limit) {
  const std::vector<std::string>& words = limit.words.empty() ? default_claim_words() : limit.words;
  Finding finding{.rests_until = VirtualTime()};
  std::size_t claims = 0;
  std::size_t next = 0;
  const ToolExchange* last = nullptr;
  for (const Words& said : timeline.agent_words) {
    for (; next < timeline.tools.size() && timeline.tools[next].requested <= said.at; ++next) {
      if (selects_tool(limit.tool, timeline.tools[next].channel)) last = &timeline.tools[next];
    }
    finding.rests_until = said.at;
    const std::string claim = claim_in(said.text, words);
    if (claim.empty()) continue;
    ++claims;
    const bool is_answered = last != nullptr && last->ended && *last->ended <= said.at;
    if (is_answered && went_well(*last)) continue;
    const std::string why = last == nullptr ? "no tool was asked"
                            : !is_answered  ? fmt::format("{} has not answered", tool_name(last->channel))
                                           : fmt::format("{}: {} {}", tool_name(last->channel), describe_outcome(*last),
                                                         last->is_ok() ? one_line(last->body, 40) : "");
    finding.add({.at = said.at, .event = said.event, .text = fmt::format("\"{}\", but {}", one_line(claim, 80), why)});
  }
  finding.verdict = finding.evidence.empty() ? Verdict::held : Verdict::failed;
  finding.text = claims == 0                ? "nothing was claimed"
                 : finding.evidence.empty() ? fmt::format("{} claimed, all true", claims)
                                            : "claimed without a successful call";
  return finding;
}

}  // namespace ringback::sim
