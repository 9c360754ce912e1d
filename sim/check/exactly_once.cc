// exactly_once: of the requests to one tool with one value of `key` at most one was done.
//
// A request counts as done unless it never reached the tool, or the tool refused it (400 to 499): whatever else became
// of the answer, the agent cannot know that nothing was done. Requests that carry the same Idempotency-Key are one.
#include <map>
#include <set>

#include "sim/check/json_path.h"
#include "sim/check/property.h"
#include "sim/check/requests.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

struct Done {
  const ToolExchange* first = nullptr;
  const ToolExchange* second = nullptr;
  std::size_t times = 0;
  std::set<std::string> idempotency_keys;
};

}  // namespace

Finding check_exactly_once(const Timeline& timeline, const ExactlyOnce& limit) {
  const JsonPath path = JsonPath::parse(limit.key).value_or(JsonPath());
  std::map<std::pair<std::string, std::string>, Done> done;  // by channel and value
  std::size_t without_key = 0;
  std::size_t requests = 0;
  Finding finding{.rests_until = VirtualTime()};
  for (const ToolExchange& exchange : timeline.tools) {
    if (!selects_tool(limit.tool, exchange.channel)) continue;
    ++requests;
    finding.rests_until = exchange.requested;
    if (!may_have_been_done(exchange)) continue;
    const std::optional<Bytes> value = path.find(exchange.arguments);
    if (!value) {
      ++without_key;
      continue;
    }
    Done& entry = done[{exchange.channel, *value}];
    const std::string& idempotency_key = exchange.idempotency_key;
    if (!idempotency_key.empty() && !entry.idempotency_keys.insert(idempotency_key).second) continue;
    ++entry.times;
    if (entry.first == nullptr)
      entry.first = &exchange;
    else if (entry.second == nullptr)
      entry.second = &exchange;
  }
  if (requests == 0 && limit.tool != "*")
    return {.verdict = Verdict::undecided, .text = fmt::format("no tool {} was called", limit.tool)};
  if (requests > 0 && done.empty() && without_key > 0)
    return {.verdict = Verdict::undecided, .text = fmt::format("no request has {}", limit.key)};
  std::size_t twice = 0;
  for (const auto& [key, entry] : done) {
    if (entry.times < 2) continue;
    ++twice;
    finding.add(
        {.at = entry.second->requested,
         .event = entry.second->event,
         .text = fmt::format("{} {}: done {} times, first at {} ({})", tool_name(key.first), one_line(key.second, 60),
                             entry.times, to_seconds_text(entry.first->requested.since_start()),
                             describe_outcome(*entry.first))});
  }
  finding.verdict = finding.evidence.empty() ? Verdict::held : Verdict::failed;
  finding.text = done.empty() ? "nothing was done" : fmt::format("{} of {} done more than once", twice, done.size());
  if (without_key > 0) finding.text += fmt::format(", {} without {}", without_key, limit.key);
  return finding;
}

}  // namespace ringback::sim
