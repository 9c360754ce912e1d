// What the completion protocols share: access to JSON trees, and the sink that their readers write deltas to. For the
// files of src/wire alone.
#pragma once

#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "src/wire/completion.h"
#include "src/wire/json_text.h"

namespace ringback::wire {

namespace json = boost::json;

// Nothing where the text is no JSON object, or nested deeper than kJsonDepthMax.
std::optional<json::object> parse_json_object(BytesView text);

std::string_view text_of(const json::object& object, std::string_view key);
const json::object* object_of(const json::object& object, std::string_view key);
const json::array* array_of(const json::object& object, std::string_view key);
std::optional<std::int64_t> integer_of(const json::object& object, std::string_view key);
Bytes serialize(const json::value& value);

// A message's content as text: a string, or the text of its parts in a row.
Bytes content_text(const json::object& message, std::string_view key = "content");

// Words with the space before them; pieces of at most `bytes`, never inside a character.
std::vector<BytesView> words_of(BytesView text);
std::vector<BytesView> pieces_of(BytesView text, std::size_t bytes);

Bytes join(const std::vector<Bytes>& values, char separator);
// `settings` with a member before the others.
Bytes with_member(std::string_view key, BytesView value, BytesView settings);
// Appends; neighbouring items of the assistant become one.
void add_item(ChatItem item, std::vector<ChatItem>& items);

// Where a reader of one event says what it means.
struct CompletionSink {
  CompletionDecoder& decoder;
  std::vector<CompletionDelta>& out;

  void id(std::string_view id) {
    if (decoder.id_.empty()) decoder.id_ = id;
  }
  // An object with the vendor's counts; null, or one without them, says nothing. The last that is told holds.
  void usage(const json::object* usage, std::string_view input, std::string_view output);
  void reason(std::string_view reason) { decoder.reason_ = reason; }
  bool has_text() const { return decoder.has_text_; }
  void text(BytesView text);
  // A call at the vendor's index; one that is known already stays, unless it has another id.
  void call(std::int64_t index, std::string_view call_id, std::string_view name);
  bool knows(std::int64_t index) const { return decoder.calls_.contains(index); }
  void arguments(std::int64_t index, BytesView text);
  // The whole arguments, where no piece of them came before.
  void whole_arguments(std::int64_t index, BytesView text);
  void done();
  void failed(std::int64_t status, BytesView why);
};

// One file for each vendor has these.
struct CompletionCodec {
  std::string_view name;
  std::string_view path;
  ChatRequest (*parse_request)(json::object body);
  Bytes (*build_request)(const ChatRequest& request);
  void (*read_whole)(const json::object& body, CompletionSink& sink);
  void (*read_event)(const ServerSentEvent& event, CompletionSink& sink);
  std::vector<CompletionPart> (*build_stream)(const CompletionIds& ids, const ChatItem& answer);
  Bytes (*build_whole)(const CompletionIds& ids, const ChatItem& answer);
  Bytes (*build_error)(std::string_view code, BytesView message);
  Bytes (*build_stream_error)(std::string_view code, BytesView message);
};
extern const CompletionCodec kOpenaiChat;
extern const CompletionCodec kOpenaiResponses;
extern const CompletionCodec kAnthropicMessages;

// The body of a refusal as OpenAI writes it, in chat completions and Responses alike.
Bytes openai_error(std::string_view code, BytesView message);

}  // namespace ringback::wire
