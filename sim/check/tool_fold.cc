#include "sim/check/tool_fold.h"

#include <algorithm>
#include <map>

#include "src/wire/canonical_json.h"

namespace ringback::sim {
namespace {

using trace::EventKind;
using Outcome = ToolExchange::Outcome;

constexpr std::int64_t kFirstErrorStatus = 400;

Outcome outcome_of(const trace::Response& response) {
  if (response.status >= kFirstErrorStatus) return Outcome::error_status;
  return wire::is_broken_answer(response.body) ? Outcome::malformed : Outcome::answered;
}

// The actions of a fault that keep a request from arriving, whatever the agent sees of it.
bool swallows(const trace::FaultFired& fired) {
  constexpr std::string_view kSwallowing[] = {"reset",  "half_open",   "blackhole",
                                              "refuse", "dns_failure", "tls_failure"};
  return fired.original_kind == static_cast<std::int64_t>(EventKind::request) &&
         std::find(std::begin(kSwallowing), std::end(kSwallowing), fired.action) != std::end(kSwallowing);
}

std::string lower_case(std::string_view text) {
  std::string out;
  for (const char c : text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// Values of headers by lower-case name, as they stand in a request: "name: value" lines.
std::map<std::string, std::string> headers_of(const trace::Request& request) {
  std::map<std::string, std::string> headers;
  std::string_view rest = request.headers;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    while (value.ends_with(' ') || value.ends_with('\r')) value.remove_suffix(1);
    headers[lower_case(line.substr(0, colon))] = std::string(value);
  }
  return headers;
}

// Libraries say so themselves: OpenAI's and Anthropic's count retries from 0, Amazon's attempts from 1.
bool is_sdk_retry(const std::map<std::string, std::string>& headers) {
  const auto stainless = headers.find("x-stainless-retry-count");
  if (stainless != headers.end() && stainless->second != "0") return true;
  const auto amazon = headers.find("amz-sdk-request");
  return amazon != headers.end() && amazon->second.starts_with("attempt=") &&
         !amazon->second.starts_with("attempt=1;") && amazon->second != "attempt=1";
}

}  // namespace

void ToolFold::observe(const trace::Event& event, EventIndex index, VirtualTime at) {
  const trace::Channel* channel = channels_.find(event.channel);
  if (channel == nullptr || channel->kind != trace::ChannelKind::tool) return;
  const std::pair key(event.channel, event.exchange);
  if (event.kind == EventKind::request) {
    const auto request = trace::body_of<trace::Request>(event);
    const std::map<std::string, std::string> headers = headers_of(request);
    const auto idempotency = headers.find("idempotency-key");
    open_[key] = timeline_.tools.size();
    timeline_.acts.push_back(at);
    timeline_.tools.push_back({.channel = channel->name,
                               .attempt = event.exchange,
                               .event = index,
                               .requested = at,
                               .arguments = wire::canonical_json(request.body),
                               .is_sdk_retry = is_sdk_retry(headers),
                               .idempotency_key = idempotency == headers.end() ? "" : idempotency->second});
    return;
  }
  const auto open = open_.find(key);
  if (open == open_.end()) return;
  ToolExchange& exchange = timeline_.tools[open->second];
  if (event.kind == EventKind::fault_fired) {
    const auto fired = trace::body_of<trace::FaultFired>(event);
    exchange.fault = fired.fault;
    if (swallows(fired)) exchange.arrived = false;
  } else if (event.kind == EventKind::response || event.kind == EventKind::failed ||
             event.kind == EventKind::abandoned) {
    end(exchange, event, index, at);
    open_.erase(open);
  }
}

void ToolFold::observe_late(const trace::Event& event, EventIndex index, VirtualTime at) {
  const trace::Channel* channel = channels_.find(event.channel);
  if (channel == nullptr || event.direction != trace::Direction::from_agent) return;
  std::string what;
  if (event.kind == EventKind::request && channel->kind == trace::ChannelKind::tool) {
    what = wire::canonical_json(trace::body_of<trace::Request>(event).body);
  } else if (event.kind == EventKind::published) {
    what = trace::body_of<trace::Published>(event).subject;
  } else if (event.kind == EventKind::job_added) {
    what = trace::body_of<trace::JobAdded>(event).name;
  } else {
    return;
  }
  timeline_.late_effects.push_back({.channel = channel->name, .what = std::move(what), .at = at, .event = index});
}

void ToolFold::end(ToolExchange& exchange, const trace::Event& event, EventIndex index, VirtualTime at) {
  exchange.ended = at;
  exchange.end_event = index;
  exchange.origin = event.origin;
  if (event.kind == EventKind::response) {
    const auto response = trace::body_of<trace::Response>(event);
    exchange.status = response.status;
    exchange.body = response.body;
    exchange.outcome = outcome_of(response);
  } else if (event.kind == EventKind::failed) {
    exchange.body = trace::body_of<trace::Failed>(event).reason;
    exchange.outcome = Outcome::failed;
  } else {
    exchange.body = trace::body_of<trace::Abandoned>(event).reason;
    exchange.outcome = Outcome::abandoned;
  }
}

std::string tool_name(const std::string& channel) {
  constexpr std::string_view kPrefix = "tool:";
  return channel.rfind(kPrefix, 0) == 0 ? channel.substr(kPrefix.size()) : channel;
}

}  // namespace ringback::sim
