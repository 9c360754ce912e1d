#include "sim/check/tool_fold.h"

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

}  // namespace

void ToolFold::observe(const trace::Event& event, EventIndex index, VirtualTime at) {
  const trace::Channel* channel = channels_.find(event.channel);
  if (channel == nullptr || channel->kind != trace::ChannelKind::tool) return;
  const std::pair key(event.channel, event.exchange);
  if (event.kind == EventKind::request) {
    open_[key] = timeline_.tools.size();
    timeline_.tools.push_back({.channel = channel->name,
                               .attempt = event.exchange,
                               .event = index,
                               .requested = at,
                               .arguments = wire::canonical_json(trace::body_of<trace::Request>(event).body)});
    return;
  }
  const auto open = open_.find(key);
  if (open == open_.end()) return;
  ToolExchange& exchange = timeline_.tools[open->second];
  if (event.kind == EventKind::fault_fired) {
    exchange.fault = trace::body_of<trace::FaultFired>(event).fault;
  } else if (event.kind == EventKind::response || event.kind == EventKind::failed ||
             event.kind == EventKind::abandoned) {
    end(exchange, event, index, at);
    open_.erase(open);
  }
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
