#include "src/formats/http_conversation.h"

#include <algorithm>
#include <map>
#include <optional>

#include "src/base/error.h"
#include "src/wire/completion.h"

namespace ringback::formats {
namespace {

using trace::Direction;
using trace::EventKind;
using wire::ChatItem;
using Role = ChatItem::Role;

// The same said by the same, however a client writes it the second time.
bool is_same_item(const ChatItem& a, const ChatItem& b) {
  if (a.role != b.role || a.call_id != b.call_id || a.calls.size() != b.calls.size()) return false;
  return a.role == Role::assistant || a.text == b.text;
}

std::vector<ChatItem> without_system(std::vector<ChatItem> items) {
  std::erase_if(items, [](const ChatItem& item) { return item.role == Role::system; });
  return items;
}

class Deriver {
 public:
  explicit Deriver(wire::CompletionProtocol protocol) : protocol_(protocol), decoder_(protocol) {}

  // False where the request does not continue the conversation.
  bool request(std::size_t position, const trace::Event& event) {
    const wire::ChatRequest request = wire::parse_chat_request(protocol_, trace::body_of<trace::Request>(event).body);
    if (!request.previous.empty()) return false;
    std::vector<ChatItem> items = without_system(request.items);
    if (items.size() < known_.size() || !std::equal(known_.begin(), known_.end(), items.begin(), is_same_item))
      return false;
    if (known_.empty()) add(position, "caller", {.at = event.at}, trace::CallStarted{});
    for (std::size_t i = known_.size(); i < items.size(); ++i) {
      if (!take(position, event.at, items[i], i)) return false;
    }
    known_ = std::move(items);
    decoder_ = wire::CompletionDecoder(protocol_);
    answer_ = {};
    return true;
  }

  void answer(std::size_t position, const trace::Event& event) {
    std::vector<wire::CompletionDelta> deltas;
    if (event.kind == EventKind::response) {
      const auto response = trace::body_of<trace::Response>(event);
      deltas = decoder_.head(response.status, response.body);
    } else {
      deltas = decoder_.part(trace::body_field(event.body, 1));
    }
    for (const wire::CompletionDelta& delta : deltas) {
      wire::append(delta, answer_);
      if (delta.kind == wire::CompletionDelta::Kind::done) finish(position + 1, event.at);
    }
  }

  // A stream whose end has no mark of its own.
  void end(std::size_t position, VirtualTime at) {
    for (const wire::CompletionDelta& delta : decoder_.finish()) {
      if (delta.kind == wire::CompletionDelta::Kind::done) finish(position, at);
    }
  }

  DerivedConversation take_derived() { return std::move(derived_); }

 private:
  struct Call {
    std::string channel;
    std::uint32_t exchange = 0;
  };

  template <class Body>
  void add(std::size_t position, const std::string& channel, trace::EventHead head, const Body& body,
           Direction direction = Direction::to_agent) {
    head.direction = direction;
    derived_.events.push_back({.before = position, .channel = channel, .event = trace::make_event(head, body)});
  }

  // An item that the request at `position` adds.
  bool take(std::size_t position, VirtualTime at, const ChatItem& item, std::size_t number) {
    if (item.role == Role::user) {
      add(position, "caller", {.at = at}, trace::Text{.text = item.text});
      return true;
    }
    if (item.role == Role::assistant) return number > 0;  // the answer that we saw
    const auto call = calls_.find(item.call_id);
    if (call == calls_.end()) return false;
    add(position, call->second.channel, {.at = at, .exchange = call->second.exchange},
        trace::Response{.status = 200, .body = item.text});
    calls_.erase(call);
    return true;
  }

  void finish(std::size_t position, VirtualTime at) {
    if (!answer_.text.empty())
      add(position, "caller", {.at = at}, trace::Text{.text = answer_.text}, Direction::from_agent);
    for (const wire::ChatCall& call : answer_.calls) {
      const std::string channel = "tool:" + call.name;
      if (std::find(derived_.tools.begin(), derived_.tools.end(), channel) == derived_.tools.end())
        derived_.tools.push_back(channel);
      const std::uint32_t exchange = ++exchanges_[channel];
      calls_[call.id] = {.channel = channel, .exchange = exchange};
      add(position, channel, {.at = at, .exchange = exchange},
          trace::Request{.operation = call.name, .body = call.arguments.empty() ? Bytes("{}") : call.arguments},
          Direction::from_agent);
    }
  }

  wire::CompletionProtocol protocol_;
  wire::CompletionDecoder decoder_;
  ChatItem answer_;
  std::vector<ChatItem> known_;
  std::map<std::string, Call> calls_;  // without an output yet, by id
  std::map<std::string, std::uint32_t> exchanges_;
  DerivedConversation derived_;
};

}  // namespace

DerivedConversation derive_conversation(const std::vector<const trace::Event*>& events, const trace::Channel& model) {
  const std::optional<wire::CompletionProtocol> protocol = wire::completion_protocol_named(model.encoding);
  if (!protocol.has_value()) return {};
  Deriver deriver(*protocol);
  std::optional<std::size_t> last;  // of the answer under way
  try {
    for (std::size_t i = 0; i < events.size(); ++i) {
      const trace::Event& event = *events[i];
      if (event.channel != model.id) continue;
      if (event.kind == EventKind::request) {
        if (last.has_value()) deriver.end(*last + 1, events[*last]->at);
        if (!deriver.request(i, event)) return {};
      } else if (event.kind == EventKind::response || event.kind == EventKind::response_part) {
        deriver.answer(i, event);
        last = i;
      }
    }
    if (last.has_value()) deriver.end(*last + 1, events[*last]->at);
  } catch (const Error&) {
    return {};  // a body that is no request of the protocol
  }
  return deriver.take_derived();
}

}  // namespace ringback::formats
