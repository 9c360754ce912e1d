#include "sim/check/completion_fold.h"

#include <optional>
#include <utility>

#include "sim/check/usage.h"
#include "src/base/error.h"
#include "src/wire/canonical_json.h"

namespace ringback::sim {

using trace::EventKind;
using Kind = wire::CompletionDelta::Kind;

void CompletionFold::observe(const trace::Event& event, EventIndex index, VirtualTime at) {
  const trace::Channel* channel = channels_.find(event.channel);
  if (channel == nullptr) return;
  if (channel->kind == trace::ChannelKind::tool) return note_tool(event);
  const bool is_said = event.kind == EventKind::audio || (event.kind == EventKind::text && channel->name == "caller");
  if (is_said && event.direction == trace::Direction::from_agent) return agent_said(at);
  if (channel->kind != trace::ChannelKind::model) return;
  const std::optional<wire::CompletionProtocol> protocol = wire::completion_protocol_named(channel->encoding);
  if (!protocol.has_value()) return;
  if (event.kind == EventKind::request) {
    request(*channel, *protocol, event, index, at);
  } else if (event.kind == EventKind::abandoned) {
    close(partners_[channel->id], event.exchange, at, "lost", "abandoned");
  } else {
    answer(*channel, event, index, at);
  }
}

void CompletionFold::note_tool(const trace::Event& event) {
  const std::pair key(event.channel, event.exchange);
  if (event.kind == EventKind::request) {
    tools_under_way_.insert(key);
    ++tool_requests_;
  }
  if (event.kind == EventKind::response || event.kind == EventKind::failed || event.kind == EventKind::abandoned)
    tools_under_way_.erase(key);
}

void CompletionFold::agent_said(VirtualTime at) {
  if (!tools_under_way_.empty()) return;
  for (auto& [id, partner] : partners_) {
    if (!partner.open.empty() || !are_given_up(partner.calls_opened, at, tool_requests_)) continue;
    // Nobody waits for them any more; their outputs may still go to the model with the next request.
    for (auto& [call_id, call] : partner.open_calls) {
      if (std::exchange(call.is_waited_for, false)) facts_.add(FloorFacts::Kind::call_closed, at);
    }
  }
}

void CompletionFold::request(const trace::Channel& channel, wire::CompletionProtocol protocol,
                             const trace::Event& event, EventIndex index, VirtualTime at) {
  Partner& partner = partners_[channel.id];
  timeline_.acts.push_back(at);
  try {
    const wire::ChatRequest asked = wire::parse_chat_request(protocol, trace::body_of<trace::Request>(event).body);
    begin_session(channel, partner, asked, index, at);
    for (const wire::ChatItem& item : asked.items) {
      const auto call = partner.open_calls.find(item.call_id);
      if (item.role != wire::ChatItem::Role::tool || call == partner.open_calls.end()) continue;
      FunctionCall& answered = timeline_.calls[call->second.number];
      answered.answered = at;
      answered.answer_event = index;
      answered.output = wire::canonical_json(item.text);
      if (call->second.is_waited_for) facts_.add(FloorFacts::Kind::call_closed, at);
      partner.open_calls.erase(call);
    }
  } catch (const Error&) {
    // A request that is none is answered with a refusal.
  }
  timeline_.responses.push_back(
      {.channel = channel.name, .number = ++partner.responses, .event = index, .requested = at});
  facts_.add(FloorFacts::Kind::response_opened, at);
  partner.open.insert_or_assign(
      event.exchange,
      Open{.response = timeline_.responses.size() - 1, .decoder = wire::CompletionDecoder(protocol), .answer = {}});
}

// Every request tells the whole conversation. After something was lost it is what a new session would be told: the
// agent may have begun anew.
void CompletionFold::begin_session(const trace::Channel& channel, Partner& partner, const wire::ChatRequest& asked,
                                   EventIndex index, VirtualTime at) {
  const bool is_first = partner.responses == 0;
  const bool was_lost = partner.has_failed || partner.disconnections != timeline_.disconnections.size();
  partner.has_failed = false;
  partner.disconnections = timeline_.disconnections.size();
  // What the provider holds itself was not lost with a connection of ours.
  if (!is_first && (!was_lost || !asked.previous.empty())) return;
  ModelSession session{.channel = channel.name, .opened = at, .event = index};
  for (const wire::ChatItem& item : asked.items) {
    ++session.items_told;
    session.told += item.text + "\n";
  }
  session.first_response = at;
  timeline_.sessions.push_back(std::move(session));
}

void CompletionFold::answer(const trace::Channel& channel, const trace::Event& event, EventIndex index,
                            VirtualTime at) {
  Partner& partner = partners_[channel.id];
  const auto found = partner.open.find(event.exchange);
  if (found == partner.open.end()) return;
  Open& open = found->second;
  ModelResponse& response = timeline_.responses[open.response];
  const bool is_stand_in = event.origin == trace::Origin::stub;
  response.is_stand_in = response.is_stand_in || is_stand_in;
  if (is_stand_in && !timeline_.stand_in_since) timeline_.stand_in_since = at;
  if (event.kind == EventKind::response) {
    response.created = at;
    const auto head = trace::body_of<trace::Response>(event);
    take(channel, event.exchange, open.decoder.head(head.status, head.body), index, at);
  } else if (event.kind == EventKind::response_part) {
    take(channel, event.exchange, open.decoder.part(trace::body_field(event.body, 1)), index, at);
  } else if (event.kind == EventKind::failed) {
    take(channel, event.exchange, open.decoder.broken(trace::body_of<trace::Failed>(event).reason), index, at);
  }
}

void CompletionFold::take(const trace::Channel& channel, std::uint32_t exchange,
                          const std::vector<wire::CompletionDelta>& deltas, EventIndex index, VirtualTime at) {
  Partner& partner = partners_[channel.id];
  for (const wire::CompletionDelta& delta : deltas) {
    Open& open = partner.open.at(exchange);
    wire::append(delta, open.answer);
    ModelResponse& response = timeline_.responses[open.response];
    if (wire::is_token(delta) && !response.first_token) response.first_token = at;
    if (delta.kind == Kind::failed)
      return close(partner, exchange, at, "failed", delta.status == 0 ? delta.text : fmt::format("{}", delta.status));
    if (delta.kind != Kind::done) continue;
    for (const wire::ChatCall& call : open.answer.calls) {
      timeline_.calls.push_back({.channel = channel.name,
                                 .name = call.name,
                                 .call_id = call.id,
                                 .arguments = wire::canonical_json(call.arguments),
                                 .opened = at,
                                 .event = index});
      if (!call.name.empty()) timeline_.tool_names.insert(call.name);
      partner.open_calls[call.id] = {.number = timeline_.calls.size() - 1};
      partner.calls_opened = {.at = at, .tool_requests = tool_requests_};
      facts_.add(FloorFacts::Kind::call_opened, at);
    }
    return close(partner, exchange, at, "completed", delta.reason);
  }
}

void CompletionFold::close(Partner& partner, std::uint32_t exchange, VirtualTime at, std::string status,
                           std::string detail) {
  const auto found = partner.open.find(exchange);
  if (found == partner.open.end()) return;
  ModelResponse& response = timeline_.responses[found->second.response];
  // Made-up answers say 0 where the protocol wants a number.
  const std::optional<wire::CompletionUsage>& usage = found->second.decoder.usage();
  if (usage && (usage->input_tokens > 0 || usage->output_tokens > 0)) note_usage(*usage, response, timeline_.cost);
  partner.has_failed = status != "completed";
  response.done = at;
  response.status = std::move(status);
  response.detail = std::move(detail);
  partner.open.erase(found);
  facts_.add(FloorFacts::Kind::response_closed, at);
}

}  // namespace ringback::sim
