#include "sim/check/requests.h"

#include <algorithm>

#include "src/base/error.h"
#include "src/base/utf8.h"

namespace ringback::sim {
namespace {

void count_retries(EqualRequests& group) {
  std::uint64_t in_row = 0;
  for (std::size_t i = 1; i < group.attempts.size(); ++i) {
    const ToolExchange& before = *group.attempts[i - 1];
    const bool followed_failure = before.is_bad() && *before.ended <= group.attempts[i]->requested;
    in_row = followed_failure ? in_row + 1 : 0;
    if (in_row > group.retries) {
      group.retries = in_row;
      group.last_retry = group.attempts[i];
    }
  }
}

}  // namespace

std::vector<EqualRequests> equal_requests(const Timeline& timeline) {
  std::vector<EqualRequests> groups;
  for (const ToolExchange& exchange : timeline.tools) {
    auto group = std::find_if(groups.begin(), groups.end(), [&](const EqualRequests& g) {
      return g.channel == exchange.channel && g.arguments == exchange.arguments;
    });
    if (group == groups.end()) {
      groups.push_back({.channel = exchange.channel, .arguments = exchange.arguments});
      group = groups.end() - 1;
    }
    group->attempts.push_back(&exchange);
  }
  for (EqualRequests& group : groups) count_retries(group);
  return groups;
}

bool recovered_after(const Timeline& timeline, const ToolExchange& failure) {
  return std::any_of(timeline.tools.begin(), timeline.tools.end(), [&](const ToolExchange& later) {
    return later.channel == failure.channel && later.is_ok() &&
           *later.ended >= failure.ended.value_or(failure.requested) && later.event > failure.event;
  });
}

std::vector<const ToolExchange*> unrecovered_failures(const Timeline& timeline) {
  std::vector<const ToolExchange*> failures;
  for (const EqualRequests& group : equal_requests(timeline)) {
    const ToolExchange* last = group.attempts.back();
    if (!last->is_ok() && !recovered_after(timeline, *last)) failures.push_back(last);
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
