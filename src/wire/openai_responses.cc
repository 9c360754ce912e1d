// OpenAI Responses: POST /v1/responses, answered with named events that end in response.completed, failed or
// incomplete.
#include "src/base/error.h"
#include "src/wire/completion_json.h"

namespace ringback::wire {
namespace {

using Role = ChatItem::Role;

// Nothing for what is no part of the conversation as we see it: reasoning, hosted tools.
std::optional<ChatItem> item_of(const json::object& object) {
  const std::string_view type = text_of(object, "type");
  if (type == "function_call") {
    ChatItem item{.role = Role::assistant};
    item.calls.push_back({.id = std::string(text_of(object, "call_id")),
                          .name = std::string(text_of(object, "name")),
                          .arguments = Bytes(text_of(object, "arguments"))});
    return item;
  }
  if (type == "function_call_output") {
    ChatItem item{.role = Role::tool, .text = content_text(object, "output")};
    item.call_id = text_of(object, "call_id");
    return item;
  }
  if (!type.empty() && type != "message") return std::nullopt;
  const std::string_view role = text_of(object, "role");
  ChatItem item{.text = content_text(object)};
  if (role == "assistant") {
    item.role = Role::assistant;
  } else if (role == "system" || role == "developer") {
    item.role = Role::system;
  } else if (role != "user") {
    fail("expected an item of the role system, developer, user or assistant, found '{}'", role.substr(0, 40));
  }
  return item;
}

ChatRequest parse_request(json::object body) {
  ChatRequest request;
  const json::value* input = body.if_contains("input");
  if (input == nullptr) fail("expected \"input\" in a request of openai-responses, found none");
  if (const json::string* text = input->if_string()) {
    request.items.push_back({.role = Role::user, .text = Bytes(text->data(), text->size())});
  } else if (const json::array* items = input->if_array()) {
    for (const json::value& value : *items) {
      const json::object* object = value.if_object();
      if (object == nullptr) fail("expected an item of \"input\" to be an object");
      if (std::optional<ChatItem> item = item_of(*object)) add_item(std::move(*item), request.items);
    }
  }
  request.previous = text_of(body, "previous_response_id");
  body.stable_erase("input");
  body.stable_erase("previous_response_id");
  request.settings = serialize(body);
  return request;
}

Bytes call_json(const ChatCall& call, std::string_view id, std::string_view status) {
  JsonObject object;
  object.text("type", "function_call");
  if (!id.empty()) object.text("id", id);
  object.text("call_id", call.id).text("name", call.name).text("arguments", call.arguments);
  if (!status.empty()) object.text("status", status);
  return std::move(object).finish();
}

Bytes message_json(std::string_view role, BytesView text) {
  JsonObject object;
  object.text("role", role).text("content", text);
  return std::move(object).finish();
}

Bytes build_request(const ChatRequest& request) {
  std::vector<Bytes> input;
  for (const ChatItem& item : request.items) {
    switch (item.role) {
      case Role::system:
        input.push_back(message_json("system", item.text));
        break;
      case Role::user:
        input.push_back(message_json("user", item.text));
        break;
      case Role::assistant:
        if (!item.text.empty()) input.push_back(message_json("assistant", item.text));
        for (const ChatCall& call : item.calls) input.push_back(call_json(call, "", ""));
        break;
      case Role::tool: {
        JsonObject output;
        output.text("type", "function_call_output").text("call_id", item.call_id).text("output", item.text);
        input.push_back(std::move(output).finish());
        break;
      }
    }
  }
  Bytes body = with_member("input", "[" + join(input, ',') + "]", request.settings);
  if (request.previous.empty()) return body;
  Bytes previous;
  append_json_string(request.previous, previous);
  return with_member("previous_response_id", previous, body);
}

// An item of the output, as it stands in a whole answer or in response.output_item.done.
void read_item(const json::object& item, std::int64_t index, CompletionSink& sink) {
  if (text_of(item, "type") == "function_call") {
    sink.call(index, text_of(item, "call_id"), text_of(item, "name"));
    sink.whole_arguments(index, text_of(item, "arguments"));
  }
}

void read_whole(const json::object& body, CompletionSink& sink) {
  sink.id(text_of(body, "id"));
  sink.usage(object_of(body, "usage"), "input_tokens", "output_tokens");
  if (const json::object* error = object_of(body, "error")) return sink.failed(0, serialize(*error));
  if (const json::array* output = array_of(body, "output")) {
    std::int64_t index = 0;
    for (const json::value& value : *output) {
      const json::object* item = value.if_object();
      if (item == nullptr) continue;
      if (text_of(*item, "type") == "message") sink.text(content_text(*item));
      read_item(*item, index++, sink);
    }
  }
  sink.reason(text_of(body, "status"));
  sink.done();
}

void read_end(std::string_view type, const json::object& event, CompletionSink& sink) {
  const json::object* response = object_of(event, "response");
  if (response != nullptr) sink.usage(object_of(*response, "usage"), "input_tokens", "output_tokens");
  if (type == "response.failed") {
    const json::object* error = response == nullptr ? nullptr : object_of(*response, "error");
    return sink.failed(0, error == nullptr ? Bytes("the response failed") : serialize(*error));
  }
  // A stream without deltas says everything at its end.
  const json::array* output = response == nullptr ? nullptr : array_of(*response, "output");
  if (output != nullptr && !sink.has_text()) {
    for (const json::value& value : *output) {
      const json::object* item = value.if_object();
      if (item != nullptr && text_of(*item, "type") == "message") sink.text(content_text(*item));
    }
  }
  sink.reason(type.substr(type.find('.') + 1));
  sink.done();
}

void read_event(const ServerSentEvent& event, CompletionSink& sink) {
  if (event.data == "[DONE]") return;
  const std::optional<json::object> body = parse_json_object(event.data);
  if (!body.has_value()) return sink.failed(0, "an event is no JSON object");
  const std::string_view type = text_of(*body, "type");
  const std::int64_t index = integer_of(*body, "output_index").value_or(0);
  if (type == "response.created") {
    if (const json::object* response = object_of(*body, "response")) sink.id(text_of(*response, "id"));
  } else if (type == "response.output_text.delta" || type == "response.refusal.delta") {
    sink.text(text_of(*body, "delta"));
  } else if (type == "response.output_item.added") {
    const json::object* item = object_of(*body, "item");
    if (item != nullptr && text_of(*item, "type") == "function_call")
      sink.call(index, text_of(*item, "call_id"), text_of(*item, "name"));
  } else if (type == "response.function_call_arguments.delta") {
    sink.arguments(index, text_of(*body, "delta"));
  } else if (type == "response.function_call_arguments.done") {
    sink.whole_arguments(index, text_of(*body, "arguments"));
  } else if (type == "response.output_item.done") {
    if (const json::object* item = object_of(*body, "item")) read_item(*item, index, sink);
  } else if (type == "error") {
    sink.failed(0, event.data);
  } else if (type == "response.completed" || type == "response.failed" || type == "response.incomplete") {
    read_end(type, *body, sink);
  }
}

// Events with rising sequence numbers.
class Writer {
 public:
  explicit Writer(const CompletionIds& ids) : ids_(ids) {}

  void event(std::string_view type, JsonObject members, bool is_token = false) {
    members.text("type", type).number("sequence_number", sequence_++);
    parts_.push_back({.octets = server_sent_event(type, std::move(members).finish()), .is_token = is_token});
  }
  void lifecycle(std::string_view type, std::string_view status, BytesView output) {
    JsonObject members;
    members.raw("response", response(status, output));
    event(type, std::move(members));
  }
  Bytes response(std::string_view status, BytesView output) const {
    JsonObject object;
    object.text("id", ids_.id).text("object", "response").number("created_at", 0).text("status", status);
    object.raw("error", "null").text("model", ids_.model).raw("output", output);
    return std::move(object).finish();
  }
  std::vector<CompletionPart> take() { return std::move(parts_); }

 private:
  const CompletionIds& ids_;
  std::int64_t sequence_ = 0;
  std::vector<CompletionPart> parts_;
};

Bytes part_json(BytesView text) {
  JsonObject part;
  part.text("type", "output_text").text("text", text).raw("annotations", "[]");
  return std::move(part).finish();
}

Bytes output_message(std::string_view id, std::string_view status, BytesView content) {
  JsonObject item;
  item.text("type", "message").text("id", id).text("status", status).text("role", "assistant").raw("content", content);
  return std::move(item).finish();
}

std::vector<Bytes> output_items(const CompletionIds& ids, const ChatItem& answer) {
  std::vector<Bytes> items;
  if (!answer.text.empty())
    items.push_back(output_message(fmt::format("msg_{}", ids.id), "completed", "[" + part_json(answer.text) + "]"));
  for (const ChatCall& call : answer.calls) items.push_back(call_json(call, "fc_" + call.id, "completed"));
  return items;
}

void write_message(const CompletionIds& ids, const ChatItem& answer, Writer& writer) {
  const std::string id = fmt::format("msg_{}", ids.id);
  const auto place = [&] {
    JsonObject members;
    members.text("item_id", id).number("output_index", 0).number("content_index", 0);
    return members;
  };
  writer.event("response.output_item.added",
               JsonObject().number("output_index", 0).raw("item", output_message(id, "in_progress", "[]")));
  writer.event("response.content_part.added", place().raw("part", part_json("")));
  for (const BytesView word : words_of(answer.text))
    writer.event("response.output_text.delta", place().text("delta", word), true);
  writer.event("response.output_text.done", place().text("text", answer.text));
  writer.event("response.content_part.done", place().raw("part", part_json(answer.text)));
  writer.event("response.output_item.done",
               JsonObject().number("output_index", 0).raw("item", output_items(ids, answer).front()));
}

void write_call(const ChatCall& call, std::int64_t index, Writer& writer) {
  const std::string id = "fc_" + call.id;
  const ChatCall begun{.id = call.id, .name = call.name, .arguments = {}};
  const auto place = [&] {
    JsonObject members;
    members.text("item_id", id).number("output_index", index);
    return members;
  };
  writer.event("response.output_item.added",
               JsonObject().number("output_index", index).raw("item", call_json(begun, id, "in_progress")));
  for (const BytesView piece : pieces_of(call.arguments, 8))
    writer.event("response.function_call_arguments.delta", place().text("delta", piece), true);
  writer.event("response.function_call_arguments.done", place().text("arguments", call.arguments));
  writer.event("response.output_item.done",
               JsonObject().number("output_index", index).raw("item", call_json(call, id, "completed")));
}

std::vector<CompletionPart> build_stream(const CompletionIds& ids, const ChatItem& answer) {
  Writer writer(ids);
  writer.lifecycle("response.created", "in_progress", "[]");
  writer.lifecycle("response.in_progress", "in_progress", "[]");
  std::int64_t index = 0;
  if (!answer.text.empty()) {
    write_message(ids, answer, writer);
    ++index;
  }
  for (const ChatCall& call : answer.calls) write_call(call, index++, writer);
  writer.lifecycle("response.completed", "completed", "[" + join(output_items(ids, answer), ',') + "]");
  return writer.take();
}

Bytes build_whole(const CompletionIds& ids, const ChatItem& answer) {
  return Writer(ids).response("completed", "[" + join(output_items(ids, answer), ',') + "]");
}

Bytes build_stream_error(std::string_view code, BytesView message) {
  JsonObject event;
  event.text("type", "error").text("code", code).text("message", message);
  return server_sent_event("error", std::move(event).finish());
}

}  // namespace

const CompletionCodec kOpenaiResponses{.name = "openai-responses",
                                       .path = "/v1/responses",
                                       .parse_request = parse_request,
                                       .build_request = build_request,
                                       .read_whole = read_whole,
                                       .read_event = read_event,
                                       .build_stream = build_stream,
                                       .build_whole = build_whole,
                                       .build_error = openai_error,
                                       .build_stream_error = build_stream_error};

}  // namespace ringback::wire
