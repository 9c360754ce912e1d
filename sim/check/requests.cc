#include "sim/check/requests.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "src/base/error.h"
#include "src/base/utf8.h"

namespace ringback::sim {
namespace {

void count_retries(EqualRequests& group) {
  std::uint64_t in_row = 0;
  for (std::size_t i = 1; i < group.attempts.size(); ++i) {
    in_row = follows_failure(*group.attempts[i - 1], *group.attempts[i]) ? in_row + 1 : 0;
    if (in_row > group.retries) {
      group.retries = in_row;
      group.last_retry = group.attempts[i];
    }
  }
}

}  // namespace

bool follows_failure(const ToolExchange& before, const ToolExchange& attempt) {
  return before.is_bad() && *before.ended <= attempt.requested;
}

bool may_have_been_done(const ToolExchange& exchange) {
  const bool was_refused = exchange.outcome == ToolExchange::Outcome::error_status && exchange.status < 500;
  return exchange.arrived && !was_refused;
}

std::string function_of(const std::string& channel) {
  const std::string name = tool_name(channel);
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos ? name : name.substr(dot + 1);
}

RetryJudge::RetryJudge(const Timeline& timeline) {
  for (const FunctionCall& call : timeline.calls)
    calls_[{function_of(call.name), call.arguments}].push_back(call.opened);
}

Retrier RetryJudge::who(const ToolExchange& failed, const ToolExchange& retry) const {
  const auto calls = calls_.find({function_of(retry.channel), retry.arguments});
  if (calls != calls_.end()) {
    const auto call = std::lower_bound(calls->second.begin(), calls->second.end(), *failed.ended);
    if (call != calls->second.end() && *call <= retry.requested) return Retrier::model;
  }
  return retry.is_sdk_retry ? Retrier::sdk : Retrier::agent;
}

std::vector<EqualRequests> equal_requests(const Timeline& timeline) {
  std::vector<EqualRequests> groups;
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> known;
  for (const ToolExchange& exchange : timeline.tools) {
    const auto [group, is_new] = known.try_emplace({exchange.channel, exchange.arguments}, groups.size());
    if (is_new) groups.push_back({.channel = exchange.channel, .arguments = exchange.arguments});
    groups[group->second].attempts.push_back(&exchange);
  }
  for (EqualRequests& group : groups) count_retries(group);
  return groups;
}

std::vector<const ToolExchange*> unrecovered_failures(const Timeline& timeline) {
  // Backwards, so that what a tool answers well later is known.
  std::map<std::string_view, VirtualTime> good_at;  // by channel: the latest good answer to a later request
  std::set<const ToolExchange*> recovered;
  for (auto exchange = timeline.tools.rbegin(); exchange != timeline.tools.rend(); ++exchange) {
    const auto good = good_at.find(exchange->channel);
    if (good != good_at.end() && good->second >= exchange->ended.value_or(exchange->requested))
      recovered.insert(&*exchange);
    if (!exchange->is_ok()) continue;
    const auto [known, is_new] = good_at.try_emplace(exchange->channel, *exchange->ended);
    if (!is_new) known->second = std::max(known->second, *exchange->ended);
  }
  std::vector<const ToolExchange*> failures;
  for (const EqualRequests& group : equal_requests(timeline)) {
    const ToolExchange* last = group.attempts.back();
    if (!last->is_ok() && !recovered.contains(last)) failures.push_back(last);
  }
  return failures;
}

std::string one_line(const std::string& text, std::size_t length_max) {
  const bool is_text = is_utf8(text);
  std::string line;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    // The second octet of U+0080 to U+009F, which terminals may obey.
    const bool is_control = octet < 0x20 || octet == 0x7F || (octet < 0xA0 && !line.empty() && line.back() == '\xC2');
    if (is_control && octet >= 0x80) line.pop_back();
    line += is_control ? ' ' : octet >= 0x80 && !is_text ? '?' : c;
  }
  if (line.size() <= length_max) return line;
  std::size_t cut = length_max - 3;
  while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xC0) == 0x80) --cut;  // not inside a character
  return line.substr(0, cut) + "...";
}

std::string describe_outcome(const ToolExchange& exchange) {
  constexpr std::size_t kBodyShown = 40;
  switch (exchange.outcome) {
    case ToolExchange::Outcome::pending:
      return "no answer";
    case ToolExchange::Outcome::answered:
      return fmt::format("status {}", exchange.status);
    case ToolExchange::Outcome::malformed:
      return exchange.body.empty() ? "empty answer" : "malformed: " + one_line(exchange.body, kBodyShown);
    case ToolExchange::Outcome::error_status:
      return fmt::format("status {}", exchange.status);
    case ToolExchange::Outcome::failed:
      return "failed: " + one_line(exchange.body, kBodyShown);
    case ToolExchange::Outcome::abandoned:
      return exchange.body.empty() ? "given up" : "given up: " + one_line(exchange.body, kBodyShown);
  }
  return "";
}

}  // namespace ringback::sim
