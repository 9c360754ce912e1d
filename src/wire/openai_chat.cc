// Chat completions: POST /v1/chat/completions, answered with chunks and a last "[DONE]".
#include "src/base/error.h"
#include "src/wire/completion_json.h"

namespace ringback::wire {
namespace {

using Role = ChatItem::Role;

Role role_named(std::string_view name) {
  if (name == "system" || name == "developer") return Role::system;
  if (name == "assistant") return Role::assistant;
  if (name == "tool" || name == "function") return Role::tool;
  if (name == "user") return Role::user;
  fail("expected a message of the role system, developer, user, assistant or tool, found '{}'", name.substr(0, 40));
}

ChatRequest parse_request(json::object body) {
  const json::array* messages = array_of(body, "messages");
  if (messages == nullptr) fail("expected \"messages\" in a request of openai-chat, found none");
  ChatRequest request;
  for (const json::value& value : *messages) {
    const json::object* message = value.if_object();
    if (message == nullptr) fail("expected a message to be an object");
    ChatItem item{.role = role_named(text_of(*message, "role")), .text = content_text(*message)};
    item.call_id = text_of(*message, "tool_call_id");
    if (const json::array* calls = array_of(*message, "tool_calls")) {
      for (const json::value& each : *calls) {
        const json::object* call = each.if_object();
        const json::object* function = call == nullptr ? nullptr : object_of(*call, "function");
        if (function == nullptr) continue;
        item.calls.push_back({.id = std::string(text_of(*call, "id")),
                              .name = std::string(text_of(*function, "name")),
                              .arguments = Bytes(text_of(*function, "arguments"))});
      }
    }
    add_item(std::move(item), request.items);
  }
  body.stable_erase("messages");
  request.settings = serialize(body);
  return request;
}

Bytes call_json(const ChatCall& call) {
  JsonObject function;
  function.text("name", call.name).text("arguments", call.arguments);
  JsonObject object;
  object.text("id", call.id).text("type", "function").raw("function", std::move(function).finish());
  return std::move(object).finish();
}

Bytes calls_json(const std::vector<ChatCall>& calls) {
  std::vector<Bytes> all;
  for (const ChatCall& call : calls) all.push_back(call_json(call));
  return "[" + join(all, ',') + "]";
}

Bytes message_json(const ChatItem& item) {
  JsonObject message;
  switch (item.role) {
    case Role::system:
      message.text("role", "system").text("content", item.text);
      break;
    case Role::user:
      message.text("role", "user").text("content", item.text);
      break;
    case Role::assistant:
      message.text("role", "assistant").text_or_null("content", item.text);
      if (!item.calls.empty()) message.raw("tool_calls", calls_json(item.calls));
      break;
    case Role::tool:
      message.text("role", "tool").text("tool_call_id", item.call_id).text("content", item.text);
      break;
  }
  return std::move(message).finish();
}

Bytes build_request(const ChatRequest& request) {
  std::vector<Bytes> messages;
  for (const ChatItem& item : request.items) messages.push_back(message_json(item));
  return with_member("messages", "[" + join(messages, ',') + "]", request.settings);
}

// The message of a whole answer, or the delta of a chunk.
void read_choice(const json::object& message, CompletionSink& sink) {
  sink.text(content_text(message));
  const json::array* calls = array_of(message, "tool_calls");
  if (calls == nullptr) return;
  std::int64_t place = 0;
  for (const json::value& each : *calls) {
    const json::object* call = each.if_object();
    const json::object* function = call == nullptr ? nullptr : object_of(*call, "function");
    if (function == nullptr) continue;
    const std::int64_t index = integer_of(*call, "index").value_or(place);
    ++place;
    if (!sink.knows(index) || !text_of(*call, "id").empty())
      sink.call(index, text_of(*call, "id"), text_of(*function, "name"));
    if (const json::object* arguments = object_of(*function, "arguments")) {
      sink.arguments(index, serialize(*arguments));  // some vendors send an object
    } else {
      sink.arguments(index, text_of(*function, "arguments"));
    }
  }
}

// False where the body is an error.
bool read_body(const json::object& body, std::string_view key, CompletionSink& sink) {
  sink.id(text_of(body, "id"));
  sink.usage(object_of(body, "usage"), "prompt_tokens", "completion_tokens");
  if (const json::value* error = body.if_contains("error"); error != nullptr && !error->is_null()) {
    sink.failed(0, serialize(*error));
    return false;
  }
  const json::array* choices = array_of(body, "choices");
  if (choices == nullptr || choices->empty()) return true;
  const json::object* choice = choices->front().if_object();
  if (choice == nullptr) return true;
  if (const json::object* message = object_of(*choice, key)) read_choice(*message, sink);
  if (const std::string_view reason = text_of(*choice, "finish_reason"); !reason.empty()) sink.reason(reason);
  return true;
}

void read_whole(const json::object& body, CompletionSink& sink) {
  if (read_body(body, "message", sink)) sink.done();
}

void read_event(const ServerSentEvent& event, CompletionSink& sink) {
  if (event.data == "[DONE]") return sink.done();
  const std::optional<json::object> chunk = parse_json_object(event.data);
  if (!chunk.has_value()) return sink.failed(0, "a chunk is no JSON object");
  read_body(*chunk, "delta", sink);
}

Bytes chunk(const CompletionIds& ids, BytesView delta, std::string_view reason) {
  JsonObject choice;
  choice.number("index", 0).raw("delta", delta).text_or_null("finish_reason", reason);
  JsonObject body;
  body.text("id", ids.id).text("object", "chat.completion.chunk").number("created", 0).text("model", ids.model);
  body.raw("choices", "[" + std::move(choice).finish() + "]");
  return server_sent_event("", std::move(body).finish());
}

Bytes content_delta(BytesView text) {
  JsonObject delta;
  delta.text("content", text);
  return std::move(delta).finish();
}

std::string_view reason_for(const ChatItem& answer) { return answer.calls.empty() ? "stop" : "tool_calls"; }

std::vector<CompletionPart> build_stream(const CompletionIds& ids, const ChatItem& answer) {
  std::vector<CompletionPart> parts;
  parts.push_back({.octets = chunk(ids, R"({"role":"assistant","content":""})", "")});
  for (const BytesView word : words_of(answer.text))
    parts.push_back({.octets = chunk(ids, content_delta(word), ""), .is_token = true});
  for (std::size_t i = 0; i < answer.calls.size(); ++i) {
    const ChatCall& call = answer.calls[i];
    const auto number = static_cast<std::int64_t>(i);
    JsonObject named;
    named.text("name", call.name).text("arguments", "");
    JsonObject begun;
    begun.number("index", number).text("id", call.id).text("type", "function");
    begun.raw("function", std::move(named).finish());
    parts.push_back({.octets = chunk(ids, R"({"tool_calls":[)" + std::move(begun).finish() + "]}", "")});
    for (const BytesView piece : pieces_of(call.arguments, 8)) {
      JsonObject function;
      function.text("arguments", piece);
      JsonObject more;
      more.number("index", number).raw("function", std::move(function).finish());
      parts.push_back(
          {.octets = chunk(ids, R"({"tool_calls":[)" + std::move(more).finish() + "]}", ""), .is_token = true});
    }
  }
  parts.push_back({.octets = chunk(ids, "{}", reason_for(answer))});
  parts.push_back({.octets = server_sent_event("", "[DONE]")});
  return parts;
}

Bytes build_whole(const CompletionIds& ids, const ChatItem& answer) {
  JsonObject choice;
  choice.number("index", 0).raw("message", message_json(answer)).text("finish_reason", reason_for(answer));
  JsonObject body;
  body.text("id", ids.id).text("object", "chat.completion").number("created", 0).text("model", ids.model);
  body.raw("choices", "[" + std::move(choice).finish() + "]");
  return std::move(body).finish();
}

Bytes build_stream_error(std::string_view code, BytesView message) {
  return server_sent_event("", openai_error(code, message));
}

}  // namespace

Bytes openai_error(std::string_view code, BytesView message) {
  JsonObject error;
  error.text("message", message).text("type", code).text("code", code);
  JsonObject body;
  body.raw("error", std::move(error).finish());
  return std::move(body).finish();
}

const CompletionCodec kOpenaiChat{.name = "openai-chat",
                                  .path = "/v1/chat/completions",
                                  .parse_request = parse_request,
                                  .build_request = build_request,
                                  .read_whole = read_whole,
                                  .read_event = read_event,
                                  .build_stream = build_stream,
                                  .build_whole = build_whole,
                                  .build_error = openai_error,
                                  .build_stream_error = build_stream_error};

}  // namespace ringback::wire
