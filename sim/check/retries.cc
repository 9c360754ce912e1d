// retries: no request is tried again after a failure more than `max` times in a row, by whom `by` says.
#include <algorithm>

#include "sim/check/property.h"
#include "sim/check/requests.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

// The longest row of retries in a group by those that are asked about.
struct Row {
  std::uint64_t retries = 0;
  const ToolExchange* last = nullptr;
  std::map<Retrier, std::uint64_t> by;  // of the row
};

Row longest_row(const EqualRequests& group, const RetryJudge& judge, Retrier by) {
  Row longest;
  Row row;
  for (std::size_t i = 1; i < group.attempts.size(); ++i) {
    const ToolExchange& before = *group.attempts[i - 1];
    const ToolExchange& attempt = *group.attempts[i];
    if (!follows_failure(before, attempt)) {
      row = {};
      continue;
    }
    const Retrier who = judge.who(before, attempt);
    if (by != Retrier::anyone && who != by) continue;
    ++row.retries;
    ++row.by[who];
    row.last = &attempt;
    if (row.retries > longest.retries) longest = row;
  }
  return longest;
}

std::string by_whom(const Row& row) {
  std::string text;
  for (const auto& [who, count] : row.by) {
    const std::string_view name = who == Retrier::model ? "the model" : who == Retrier::sdk ? "a library" : "the agent";
    text += fmt::format("{}{}{}", text.empty() ? " by " : ", by ", name,
                        row.by.size() > 1 ? fmt::format(" {}", count) : "");
  }
  return text;
}

}  // namespace

Finding check_retries(const Timeline& timeline, const Retries& limit) {
  const RetryJudge judge(timeline);
  Row worst;
  std::string worst_tool;
  bool is_called = false;
  Finding finding{.rests_until = VirtualTime()};
  for (const EqualRequests& group : equal_requests(timeline)) {
    if (!selects_tool(limit.tool, group.channel)) continue;
    is_called = true;
    finding.rests_until = std::max(*finding.rests_until, group.attempts.back()->requested);
    const Row row = longest_row(group, judge, limit.by);
    if (row.retries > worst.retries) {
      worst = row;
      worst_tool = tool_name(group.channel);
    }
    if (row.retries <= limit.max) continue;
    finding.add({.at = row.last->requested,
                 .event = row.last->event,
                 .text = fmt::format("{} {}: {} retries{}", tool_name(group.channel), one_line(group.arguments, 60),
                                     row.retries, by_whom(row))});
  }
  if (!is_called && limit.tool != "*")
    return {.verdict = Verdict::undecided, .text = fmt::format("no tool {} was called", limit.tool)};
  finding.verdict = finding.evidence.empty() ? Verdict::held : Verdict::failed;
  finding.text = worst.retries == 0 ? "none" : fmt::format("{} of {}{}", worst.retries, worst_tool, by_whom(worst));
  return finding;
}

}  // namespace ringback::sim
