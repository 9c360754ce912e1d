#include "sim/peers/recorded_completions.h"

#include <algorithm>
#include <map>

#include "sim/peers/chat_key.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

using trace::EventKind;
using Role = wire::ChatItem::Role;

constexpr std::size_t kQuoteBytesMax = 60;

std::string cause_of(const std::vector<wire::ChatItem>& items) {
  if (items.empty()) return "an empty conversation";
  const wire::ChatItem& last = items.back();
  if (last.role == Role::tool) return "an output of a tool";
  return fmt::format("\"{}\"", last.text.substr(0, kQuoteBytesMax));
}

class Reader {
 public:
  explicit Reader(RecordedCompletions& into) : into_(into) {}

  void request(const trace::Event& event, VirtualTime at) {
    const auto body = trace::body_of<trace::Request>(event);
    const wire::ChatRequest request = wire::parse_chat_request(into_.protocol, body.body);
    const bool is_first = into_.completions.empty();
    if (is_first) {
      into_.operation = body.operation;
      into_.opening.settings = request.settings;
      for (const wire::ChatItem& item : request.items) {
        if (item.role != Role::system) break;
        into_.opening.items.push_back(item);
      }
      into_.speaks_first = into_.opening.items.size() == request.items.size();
    }
    Open open{.index = into_.completions.size(),
              .at = at,
              .conversation = conversations_.whole(request),
              .decoder = wire::CompletionDecoder(into_.protocol)};
    into_.completions.push_back({.number = static_cast<std::uint32_t>(into_.completions.size() + 1),
                                 .key = chat_key(open.conversation),
                                 .caused_by = cause_of(open.conversation)});
    open_.insert_or_assign(event.exchange, std::move(open));
  }

  void answer(const trace::Event& event, VirtualTime at) {
    const auto found = open_.find(event.exchange);
    if (found == open_.end()) return;
    Open& open = found->second;
    std::vector<wire::CompletionDelta> deltas;
    if (event.kind == EventKind::response) {
      const auto response = trace::body_of<trace::Response>(event);
      deltas = open.decoder.head(response.status, response.body);
    } else if (event.kind == EventKind::response_part) {
      deltas = open.decoder.part(trace::body_field(event.body, 1));
    }
    const bool is_token =
        event.kind == EventKind::response_part && std::any_of(deltas.begin(), deltas.end(), wire::is_token);
    into_.completions[open.index].events.push_back(
        {.after = at - open.at, .kind = event.kind, .body = event.body, .is_token = is_token});
    for (const wire::CompletionDelta& delta : deltas) {
      wire::append(delta, open.answer);
      if (delta.kind == wire::CompletionDelta::Kind::done)
        conversations_.keep(open.decoder.id(), open.conversation, open.answer);
    }
  }

  void abandoned(const trace::Event& event) {
    const auto found = open_.find(event.exchange);
    if (found != open_.end()) into_.completions[found->second.index].was_abandoned = true;
  }

 private:
  struct Open {
    std::size_t index = 0;
    VirtualTime at;
    std::vector<wire::ChatItem> conversation;
    wire::CompletionDecoder decoder;
    wire::ChatItem answer;
  };

  RecordedCompletions& into_;
  std::map<std::uint32_t, Open> open_;
  ContinuedConversations conversations_;
};

}  // namespace

std::vector<wire::ChatItem> ContinuedConversations::whole(const wire::ChatRequest& request) const {
  const auto previous = by_id_.find(request.previous);
  if (request.previous.empty() || previous == by_id_.end()) return request.items;
  std::vector<wire::ChatItem> items = previous->second;
  items.insert(items.end(), request.items.begin(), request.items.end());
  return items;
}

void ContinuedConversations::keep(const std::string& id, std::vector<wire::ChatItem> conversation,
                                  const wire::ChatItem& answer) {
  if (id.empty()) return;
  conversation.push_back(answer);
  by_id_.insert_or_assign(id, std::move(conversation));
}

const trace::Channel* completion_channel(const trace::Trace& recording) {
  for (const trace::Channel& channel : recording.channels.channels()) {
    if (channel.kind == trace::ChannelKind::model && wire::completion_protocol_named(channel.encoding)) return &channel;
  }
  return nullptr;
}

RecordedCompletions read_recorded_completions(const trace::Trace& recording, const trace::Channel& channel) {
  RecordedCompletions recorded;
  recorded.channel = channel;
  recorded.protocol = wire::completion_protocol_named(channel.encoding).value();
  Reader reader(recorded);
  VirtualTime latest;
  bool ran_backwards = false;
  std::size_t number = 0;
  for (const trace::Event& event : recording.events) {
    ++number;
    ran_backwards = ran_backwards || event.at < latest;
    latest = std::max(latest, event.at);
    if (event.channel != channel.id) continue;
    try {
      if (event.kind == EventKind::request) reader.request(event, latest);
      if (event.kind == EventKind::response || event.kind == EventKind::response_part ||
          event.kind == EventKind::failed)
        reader.answer(event, latest);
      if (event.kind == EventKind::abandoned) reader.abandoned(event);
    } catch (const Error& error) {
      fail("event {} on channel '{}': {}", number, channel.name, error.what());
    }
  }
  if (ran_backwards) recorded.notices.push_back("recorded times ran backwards; such events count as the latest so far");
  return recorded;
}

}  // namespace ringback::sim
