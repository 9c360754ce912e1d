// A small recording of a typed conversation on a completion model with two calls at once, made by hand.
//
//   user: "Add and multiply 2 and 3."  ->  the model calls add and multiply  ->  5 after 300 ms, 6 after 500 ms
//   ->  model: "Five and six."  ->  user: "Thank you."  ->  model: "You are welcome."
#pragma once

#include "src/trace/trace.h"
#include "src/wire/completion.h"

namespace ringback::testing {

inline constexpr const char* kChatAnswer = "Five and six.";
inline constexpr const char* kChatGoodbye = "You are welcome.";

class ChatCallMaker {
 public:
  ChatCallMaker(wire::CompletionProtocol protocol, bool streams) : protocol_(protocol), streams_(streams) {}

  trace::Trace make() {
    using Role = wire::ChatItem::Role;
    caller_ = trace_.declare({.kind = trace::ChannelKind::caller, .name = "caller"});
    model_ = trace_.declare(
        {.kind = trace::ChannelKind::model, .name = "model", .encoding = std::string(wire::name_of(protocol_))});
    const auto add = trace_.declare({.kind = trace::ChannelKind::tool, .name = "tool:add"});
    const auto multiply = trace_.declare({.kind = trace::ChannelKind::tool, .name = "tool:multiply"});
    emit(caller_, trace::Direction::to_agent, trace::CallStarted{});
    now_ += milliseconds(1000);
    type("Add and multiply 2 and 3.");
    const Bytes arguments = R"({"a":2,"b":3})";
    ask({.role = Role::assistant,
         .text = "",
         .calls = {{.id = "call_1", .name = "add", .arguments = arguments},
                   {.id = "call_2", .name = "multiply", .arguments = arguments}}});
    emit(add, trace::Direction::from_agent, trace::Request{.operation = "add", .body = arguments}, 1);
    emit(multiply, trace::Direction::from_agent, trace::Request{.operation = "multiply", .body = arguments}, 1);
    now_ += milliseconds(300);
    emit(add, trace::Direction::to_agent, trace::Response{.status = 200, .body = "5"}, 1);
    now_ += milliseconds(200);
    emit(multiply, trace::Direction::to_agent, trace::Response{.status = 200, .body = "6"}, 1);
    conversation_.push_back({.role = Role::tool, .text = "5", .calls = {}, .call_id = "call_1"});
    conversation_.push_back({.role = Role::tool, .text = "6", .calls = {}, .call_id = "call_2"});
    ask({.role = Role::assistant, .text = kChatAnswer, .calls = {}, .call_id = {}});
    now_ += milliseconds(2000);
    type("Thank you.");
    ask({.role = Role::assistant, .text = kChatGoodbye, .calls = {}, .call_id = {}});
    now_ += milliseconds(1500);
    emit(caller_, trace::Direction::to_agent, trace::HungUp{.by = "caller"});
    return std::move(trace_);
  }

 private:
  template <class Body>
  void emit(trace::ChannelId channel, trace::Direction direction, const Body& body, std::uint32_t exchange = 0) {
    trace_.add(trace::make_event({.at = now_, .channel = channel, .direction = direction, .exchange = exchange}, body));
  }
  void type(const char* text) {
    emit(caller_, trace::Direction::to_agent, trace::Text{text});
    conversation_.push_back({.role = wire::ChatItem::Role::user, .text = text, .calls = {}, .call_id = {}});
  }
  void ask(const wire::ChatItem& answer) {
    const std::uint32_t exchange = ++exchanges_;
    wire::ChatRequest request{.items = {{.role = wire::ChatItem::Role::system, .text = "Be brief."}},
                              .settings = streams_ ? R"({"model":"m","stream":true})" : R"({"model":"m"})"};
    request.items.insert(request.items.end(), conversation_.begin(), conversation_.end());
    emit(model_, trace::Direction::from_agent,
         trace::Request{.operation = "POST /v1/x", .body = wire::build_chat_request(protocol_, request)}, exchange);
    const std::string id = "answer_" + std::to_string(exchange);
    now_ += milliseconds(400);
    if (streams_) {
      emit(model_, trace::Direction::to_agent, trace::Response{.status = 200}, exchange);
      for (const wire::CompletionPart& part : wire::build_completion_stream(protocol_, {id, "m"}, answer)) {
        now_ += milliseconds(20);
        emit(model_, trace::Direction::to_agent, trace::ResponsePart{.body = part.octets}, exchange);
      }
    } else {
      emit(model_, trace::Direction::to_agent,
           trace::Response{.status = 200, .body = wire::build_completion(protocol_, {id, "m"}, answer)}, exchange);
    }
    if (!answer.text.empty()) emit(caller_, trace::Direction::from_agent, trace::Text{answer.text});
    conversation_.push_back(answer);
  }

  wire::CompletionProtocol protocol_;
  bool streams_;
  trace::Trace trace_;
  trace::ChannelId caller_ = 0;
  trace::ChannelId model_ = 0;
  VirtualTime now_;
  std::uint32_t exchanges_ = 0;
  std::vector<wire::ChatItem> conversation_;
};

inline trace::Trace make_chat_call(wire::CompletionProtocol protocol, bool streams = true) {
  return ChatCallMaker(protocol, streams).make();
}

}  // namespace ringback::testing
