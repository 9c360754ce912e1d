#include "src/wire/completion.h"

#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "src/base/error.h"
#include "src/wire/canonical_json.h"
#include "src/wire/completion_json.h"

namespace ringback::wire {
namespace {

const CompletionCodec& codec_of(CompletionProtocol protocol) {
  switch (protocol) {
    case CompletionProtocol::openai_chat:
      return kOpenaiChat;
    case CompletionProtocol::openai_responses:
      return kOpenaiResponses;
    case CompletionProtocol::anthropic_messages:
      break;
  }
  return kAnthropicMessages;
}

constexpr std::size_t kFailureBytesMax = 1000;

}  // namespace

std::string_view name_of(CompletionProtocol protocol) { return codec_of(protocol).name; }
std::string_view completion_path(CompletionProtocol protocol) { return codec_of(protocol).path; }

std::optional<CompletionProtocol> completion_protocol_named(std::string_view name) {
  for (const CompletionProtocol protocol : {CompletionProtocol::openai_chat, CompletionProtocol::openai_responses,
                                            CompletionProtocol::anthropic_messages}) {
    if (codec_of(protocol).name == name) return protocol;
  }
  return std::nullopt;
}

// --- JSON ---

std::optional<json::object> parse_json_object(BytesView text) {
  json::parse_options options;
  options.max_depth = kJsonDepthMax;
  boost::system::error_code code;
  json::value value = json::parse(json::string_view(text.data(), text.size()), code, {}, options);
  if (code || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

std::string_view text_of(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains(key);
  const json::string* text = member == nullptr ? nullptr : member->if_string();
  return text == nullptr ? std::string_view() : std::string_view(text->data(), text->size());
}

const json::object* object_of(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains(key);
  return member == nullptr ? nullptr : member->if_object();
}

const json::array* array_of(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains(key);
  return member == nullptr ? nullptr : member->if_array();
}

std::optional<std::int64_t> integer_of(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains(key);
  const std::int64_t* number = member == nullptr ? nullptr : member->if_int64();
  return number == nullptr ? std::nullopt : std::optional(*number);
}

Bytes serialize(const json::value& value) {
  const std::string text = json::serialize(value);
  return Bytes(text.data(), text.size());
}

Bytes content_text(const json::object& message, std::string_view key) {
  const json::array* parts = array_of(message, key);
  if (parts == nullptr) return Bytes(text_of(message, key));
  Bytes text;
  for (const json::value& part : *parts) {
    if (const json::object* object = part.if_object()) text += text_of(*object, "text");
    if (const json::string* plain = part.if_string()) text.append(plain->data(), plain->size());
  }
  return text;
}

std::vector<BytesView> words_of(BytesView text) {
  std::vector<BytesView> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' ', 1), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

std::vector<BytesView> pieces_of(BytesView text, std::size_t bytes) {
  std::vector<BytesView> pieces;
  while (!text.empty()) {
    std::size_t length = std::min(bytes, text.size());
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) ++length;
    pieces.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return pieces;
}

Bytes join(const std::vector<Bytes>& values, char separator) {
  Bytes joined;
  for (const Bytes& value : values) {
    if (!joined.empty()) joined += separator;
    joined += value;
  }
  return joined;
}

Bytes with_member(std::string_view key, BytesView value, BytesView settings) {
  Bytes text = "{";
  append_json_string(key, text);
  text.append(":").append(value);
  const std::size_t first = settings.find_first_not_of(" \t\r\n", 1);
  if (first != BytesView::npos && settings[first] != '}') text += ',';
  return text.append(settings.substr(1));
}

void add_item(ChatItem item, std::vector<ChatItem>& items) {
  using Role = ChatItem::Role;
  if (items.size() >= kChatItemsMax) fail("expected at most {} items of a conversation, found more", kChatItemsMax);
  if (item.role == Role::assistant && !items.empty() && items.back().role == Role::assistant) {
    items.back().text += item.text;
    for (ChatCall& call : item.calls) items.back().calls.push_back(std::move(call));
    return;
  }
  items.push_back(std::move(item));
}

// --- requests ---

ChatRequest parse_chat_request(CompletionProtocol protocol, BytesView body) {
  std::optional<json::object> object = parse_json_object(body);
  if (!object.has_value()) fail("expected a request of {} as a JSON object, found none", name_of(protocol));
  return codec_of(protocol).parse_request(std::move(*object));
}

Bytes build_chat_request(CompletionProtocol protocol, const ChatRequest& request) {
  return codec_of(protocol).build_request(request);
}

bool asks_for_stream(const ChatRequest& request) {
  const std::optional<json::object> settings = parse_json_object(request.settings);
  const json::value* stream = settings.has_value() ? settings->if_contains("stream") : nullptr;
  return stream != nullptr && stream->is_bool() && stream->get_bool();
}

// --- answers ---

void append(const CompletionDelta& delta, ChatItem& answer) {
  answer.role = ChatItem::Role::assistant;
  if (delta.kind == CompletionDelta::Kind::text) answer.text += delta.text;
  if (delta.kind == CompletionDelta::Kind::call)
    answer.calls.push_back({.id = delta.call_id, .name = delta.name, .arguments = {}});
  if (delta.kind == CompletionDelta::Kind::arguments && delta.call < answer.calls.size())
    answer.calls[delta.call].arguments += delta.text;
}

void CompletionSink::usage(const json::object* usage, std::string_view input, std::string_view output) {
  if (usage == nullptr) return;
  const auto take = [&](std::string_view key, std::uint64_t CompletionUsage::*count) {
    const std::optional<std::int64_t> number = integer_of(*usage, key);
    if (!number) return;
    if (!decoder.usage_) decoder.usage_.emplace();
    (*decoder.usage_).*count = static_cast<std::uint64_t>(std::clamp<std::int64_t>(*number, 0, kTokensMax));
  };
  take(input, &CompletionUsage::input_tokens);
  take(output, &CompletionUsage::output_tokens);
}

void CompletionSink::text(BytesView text) {
  if (text.empty()) return;
  decoder.has_text_ = true;
  out.push_back({.kind = CompletionDelta::Kind::text, .text = Bytes(text)});
}

void CompletionSink::call(std::int64_t index, std::string_view call_id, std::string_view name) {
  const auto known = decoder.calls_.find(index);
  const bool is_same =
      known != decoder.calls_.end() && (call_id.empty() || name.empty() || decoder.call_ids_[known->second] == call_id);
  if (is_same) return;
  const std::size_t number = decoder.call_ids_.size();
  decoder.calls_[index] = number;
  decoder.call_ids_.emplace_back(call_id);
  decoder.has_arguments_.push_back(false);
  out.push_back({.kind = CompletionDelta::Kind::call,
                 .call = number,
                 .call_id = std::string(call_id),
                 .name = std::string(name)});
}

void CompletionSink::arguments(std::int64_t index, BytesView text) {
  const auto call = decoder.calls_.find(index);
  if (call == decoder.calls_.end() || text.empty()) return;
  decoder.has_arguments_[call->second] = true;
  out.push_back({.kind = CompletionDelta::Kind::arguments, .text = Bytes(text), .call = call->second});
}

void CompletionSink::whole_arguments(std::int64_t index, BytesView text) {
  const auto call = decoder.calls_.find(index);
  if (call != decoder.calls_.end() && !decoder.has_arguments_[call->second]) arguments(index, text);
}

void CompletionSink::done() {
  if (decoder.is_over_) return;
  decoder.is_over_ = true;
  out.push_back({.kind = CompletionDelta::Kind::done, .reason = decoder.reason_});
}

void CompletionSink::failed(std::int64_t status, BytesView why) {
  if (decoder.is_over_) return;
  decoder.is_over_ = true;
  out.push_back(
      {.kind = CompletionDelta::Kind::failed, .text = Bytes(why.substr(0, kFailureBytesMax)), .status = status});
}

std::vector<CompletionDelta> CompletionDecoder::head(std::int64_t status, BytesView body) {
  std::vector<CompletionDelta> out;
  CompletionSink sink{*this, out};
  if (is_over_) return out;
  if (status >= 400) {
    sink.failed(status, body);
  } else if (!body.empty()) {
    const std::optional<json::object> whole = parse_json_object(body);
    if (whole.has_value()) {
      codec_of(protocol_).read_whole(*whole, sink);
    } else if (body.starts_with("data:") || body.starts_with("event:") || body.starts_with(":")) {
      return part(body);
    } else {
      sink.failed(0, "the answer is no JSON object");
    }
  }
  return out;
}

std::vector<CompletionDelta> CompletionDecoder::part(BytesView octets) {
  std::vector<CompletionDelta> out;
  for (const ServerSentEvent& event : events_.feed(octets)) take(event, out);
  return out;
}

std::vector<CompletionDelta> CompletionDecoder::finish() {
  std::vector<CompletionDelta> out;
  for (const ServerSentEvent& event : events_.finish()) take(event, out);
  CompletionSink sink{*this, out};
  if (reason_.empty()) {
    sink.failed(0, "the stream ended early");
  } else {
    sink.done();
  }
  return out;
}

std::vector<CompletionDelta> CompletionDecoder::broken(std::string_view reason) {
  std::vector<CompletionDelta> out;
  CompletionSink{*this, out}.failed(0, reason);
  return out;
}

void CompletionDecoder::take(const ServerSentEvent& event, std::vector<CompletionDelta>& out) {
  if (is_over_) return;
  CompletionSink sink{*this, out};
  codec_of(protocol_).read_event(event, sink);
}

std::vector<CompletionPart> build_completion_stream(CompletionProtocol protocol, const CompletionIds& ids,
                                                    const ChatItem& answer) {
  return codec_of(protocol).build_stream(ids, answer);
}

Bytes build_completion(CompletionProtocol protocol, const CompletionIds& ids, const ChatItem& answer) {
  return codec_of(protocol).build_whole(ids, answer);
}

Bytes build_completion_error(CompletionProtocol protocol, std::string_view code, BytesView message) {
  return codec_of(protocol).build_error(code, message);
}

Bytes build_stream_error(CompletionProtocol protocol, std::string_view code, BytesView message) {
  return codec_of(protocol).build_stream_error(code, message);
}

}  // namespace ringback::wire
