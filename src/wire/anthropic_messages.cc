// Anthropic Messages: POST /v1/messages, answered with named events from message_start to message_stop.
#include "src/base/error.h"
#include "src/wire/canonical_json.h"
#include "src/wire/completion_json.h"

namespace ringback::wire {
namespace {

using Role = ChatItem::Role;

Bytes input_json(const json::object& block) {
  const json::value* input = block.if_contains("input");
  return input == nullptr || input->is_null() ? Bytes("{}") : serialize(*input);
}

// One message of the user may hold outputs and text: each output is an item, the text behind them is another.
void add_blocks(const json::array& blocks, Role role, std::vector<ChatItem>& items) {
  ChatItem said{.role = role};
  for (const json::value& value : blocks) {
    const json::object* block = value.if_object();
    if (block == nullptr) fail("expected a block of content to be an object");
    const std::string_view type = text_of(*block, "type");
    if (type == "text") {
      said.text += text_of(*block, "text");
    } else if (type == "tool_use") {
      said.calls.push_back({.id = std::string(text_of(*block, "id")),
                            .name = std::string(text_of(*block, "name")),
                            .arguments = input_json(*block)});
    } else if (type == "tool_result") {
      ChatItem output{.role = Role::tool, .text = content_text(*block)};
      output.call_id = text_of(*block, "tool_use_id");
      add_item(std::move(output), items);
    }
  }
  if (!said.text.empty() || !said.calls.empty() || role == Role::assistant) add_item(std::move(said), items);
}

ChatRequest parse_request(json::object body) {
  const json::array* messages = array_of(body, "messages");
  if (messages == nullptr) fail("expected \"messages\" in a request of anthropic-messages, found none");
  ChatRequest request;
  for (const json::value& value : *messages) {
    const json::object* message = value.if_object();
    if (message == nullptr) fail("expected a message to be an object");
    const std::string_view role = text_of(*message, "role");
    if (role != "user" && role != "assistant" && role != "system")
      fail("expected a message of the role user or assistant, found '{}'", role.substr(0, 40));
    const Role as = role == "assistant" ? Role::assistant : role == "system" ? Role::system : Role::user;
    if (const json::array* blocks = array_of(*message, "content")) {
      add_blocks(*blocks, as, request.items);
    } else {
      add_item({.role = as, .text = Bytes(text_of(*message, "content"))}, request.items);
    }
  }
  body.stable_erase("messages");
  request.settings = serialize(body);
  return request;
}

Bytes text_block(BytesView text) {
  JsonObject block;
  block.text("type", "text").text("text", text);
  return std::move(block).finish();
}

Bytes tool_use(const ChatCall& call, bool has_input) {
  const bool is_object = call.arguments.starts_with('{') && try_canonical_json(call.arguments).has_value();
  JsonObject block;
  block.text("type", "tool_use").text("id", call.id).text("name", call.name);
  block.raw("input", has_input && is_object ? BytesView(call.arguments) : BytesView("{}"));
  return std::move(block).finish();
}

std::vector<Bytes> answer_blocks(const ChatItem& item) {
  std::vector<Bytes> blocks;
  if (!item.text.empty()) blocks.push_back(text_block(item.text));
  for (const ChatCall& call : item.calls) blocks.push_back(tool_use(call, true));
  return blocks;
}

Bytes message_json(std::string_view role, const std::vector<Bytes>& blocks) {
  JsonObject message;
  message.text("role", role).raw("content", "[" + join(blocks, ',') + "]");
  return std::move(message).finish();
}

// Neighbouring outputs and turns of the user make one message.
Bytes build_request(const ChatRequest& request) {
  std::vector<Bytes> messages;
  std::vector<Bytes> of_user;
  const auto close_user = [&] {
    if (!of_user.empty()) messages.push_back(message_json("user", of_user));
    of_user.clear();
  };
  for (const ChatItem& item : request.items) {
    switch (item.role) {
      case Role::system:
        close_user();
        messages.push_back(message_json("system", {text_block(item.text)}));
        break;
      case Role::user:
        of_user.push_back(text_block(item.text));
        break;
      case Role::assistant:
        close_user();
        messages.push_back(message_json("assistant", answer_blocks(item)));
        break;
      case Role::tool: {
        JsonObject block;
        block.text("type", "tool_result").text("tool_use_id", item.call_id).text("content", item.text);
        of_user.push_back(std::move(block).finish());
        break;
      }
    }
  }
  close_user();
  return with_member("messages", "[" + join(messages, ',') + "]", request.settings);
}

void read_whole(const json::object& body, CompletionSink& sink) {
  sink.id(text_of(body, "id"));
  sink.usage(object_of(body, "usage"), "input_tokens", "output_tokens");
  if (text_of(body, "type") == "error") return sink.failed(0, serialize(body));
  if (const json::array* content = array_of(body, "content")) {
    std::int64_t index = 0;
    for (const json::value& value : *content) {
      const json::object* block = value.if_object();
      if (block == nullptr) continue;
      if (text_of(*block, "type") == "text") sink.text(text_of(*block, "text"));
      if (text_of(*block, "type") == "tool_use") {
        sink.call(index, text_of(*block, "id"), text_of(*block, "name"));
        sink.arguments(index, input_json(*block));
      }
      ++index;
    }
  }
  sink.reason(text_of(body, "stop_reason"));
  sink.done();
}

void read_delta(const json::object& delta, std::int64_t index, CompletionSink& sink) {
  const std::string_view type = text_of(delta, "type");
  if (type == "text_delta") sink.text(text_of(delta, "text"));
  if (type == "input_json_delta") sink.arguments(index, text_of(delta, "partial_json"));
}

void read_event(const ServerSentEvent& event, CompletionSink& sink) {
  const std::optional<json::object> body = parse_json_object(event.data);
  if (!body.has_value()) return sink.failed(0, "an event is no JSON object");
  const std::string_view type = text_of(*body, "type");
  const std::int64_t index = integer_of(*body, "index").value_or(0);
  if (type == "message_start") {
    if (const json::object* message = object_of(*body, "message")) {
      sink.id(text_of(*message, "id"));
      sink.usage(object_of(*message, "usage"), "input_tokens", "output_tokens");
    }
  } else if (type == "content_block_start") {
    const json::object* block = object_of(*body, "content_block");
    if (block == nullptr) return;
    if (text_of(*block, "type") == "text") sink.text(text_of(*block, "text"));
    if (text_of(*block, "type") == "tool_use") sink.call(index, text_of(*block, "id"), text_of(*block, "name"));
  } else if (type == "content_block_delta") {
    if (const json::object* delta = object_of(*body, "delta")) read_delta(*delta, index, sink);
  } else if (type == "content_block_stop") {
    sink.whole_arguments(index, "{}");  // a call without arguments has no pieces
  } else if (type == "message_delta") {
    if (const json::object* delta = object_of(*body, "delta")) sink.reason(text_of(*delta, "stop_reason"));
    sink.usage(object_of(*body, "usage"), "input_tokens", "output_tokens");
  } else if (type == "message_stop") {
    sink.done();
  } else if (type == "error") {
    sink.failed(0, event.data);
  }
}

std::string_view reason_for(const ChatItem& answer) { return answer.calls.empty() ? "end_turn" : "tool_use"; }

Bytes message_head(const CompletionIds& ids, BytesView content, std::string_view reason) {
  JsonObject message;
  message.text("id", ids.id).text("type", "message").text("role", "assistant").text("model", ids.model);
  message.raw("content", content).text_or_null("stop_reason", reason).raw("stop_sequence", "null");
  message.raw("usage", R"({"input_tokens":0,"output_tokens":0})");
  return std::move(message).finish();
}

class Writer {
 public:
  void event(std::string_view type, JsonObject members, bool is_token = false) {
    JsonObject all = std::move(members.text("type", type));
    parts_.push_back({.octets = server_sent_event(type, std::move(all).finish()), .is_token = is_token});
  }
  void begin_block(std::int64_t index, BytesView block) {
    event("content_block_start", std::move(JsonObject().number("index", index).raw("content_block", block)));
  }
  void delta(std::int64_t index, JsonObject delta) {
    event("content_block_delta", std::move(JsonObject().number("index", index).raw("delta", std::move(delta).finish())),
          true);
  }
  void end_block(std::int64_t index) { event("content_block_stop", std::move(JsonObject().number("index", index))); }
  std::vector<CompletionPart> take() { return std::move(parts_); }

 private:
  std::vector<CompletionPart> parts_;
};

std::vector<CompletionPart> build_stream(const CompletionIds& ids, const ChatItem& answer) {
  Writer writer;
  writer.event("message_start", std::move(JsonObject().raw("message", message_head(ids, "[]", ""))));
  std::int64_t index = 0;
  if (!answer.text.empty()) {
    writer.begin_block(index, text_block(""));
    for (const BytesView word : words_of(answer.text))
      writer.delta(index, std::move(JsonObject().text("type", "text_delta").text("text", word)));
    writer.end_block(index++);
  }
  for (const ChatCall& call : answer.calls) {
    writer.begin_block(index, tool_use(call, false));
    for (const BytesView piece : pieces_of(call.arguments, 8))
      writer.delta(index, std::move(JsonObject().text("type", "input_json_delta").text("partial_json", piece)));
    writer.end_block(index++);
  }
  JsonObject stop;
  stop.text("stop_reason", reason_for(answer)).raw("stop_sequence", "null");
  writer.event("message_delta",
               std::move(JsonObject().raw("delta", std::move(stop).finish()).raw("usage", R"({"output_tokens":0})")));
  writer.event("message_stop", JsonObject());
  return writer.take();
}

Bytes build_whole(const CompletionIds& ids, const ChatItem& answer) {
  return message_head(ids, "[" + join(answer_blocks(answer), ',') + "]", reason_for(answer));
}

Bytes build_error(std::string_view code, BytesView message) {
  JsonObject error;
  error.text("type", code).text("message", message);
  JsonObject body;
  body.text("type", "error").raw("error", std::move(error).finish());
  return std::move(body).finish();
}

Bytes build_stream_error(std::string_view code, BytesView message) {
  return server_sent_event("error", build_error(code, message));
}

}  // namespace

const CompletionCodec kAnthropicMessages{.name = "anthropic-messages",
                                         .path = "/v1/messages",
                                         .parse_request = parse_request,
                                         .build_request = build_request,
                                         .read_whole = read_whole,
                                         .read_event = read_event,
                                         .build_stream = build_stream,
                                         .build_whole = build_whole,
                                         .build_error = build_error,
                                         .build_stream_error = build_stream_error};

}  // namespace ringback::wire
