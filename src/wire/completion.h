// Completion requests and their answers, whatever the vendor: chat completions, OpenAI Responses, Anthropic Messages.
//
// A request holds the whole conversation; the answer comes as one JSON body or as server-sent events. Agents and peers
// work on the items and deltas of this header; what stands on the wire is made and read by one file for each vendor
// (openai_chat.cc, openai_responses.cc, anthropic_messages.cc).
//
//   Bytes body = build_chat_request(CompletionProtocol::openai_chat, {.items = conversation, .settings = settings});
//   CompletionDecoder decoder(CompletionProtocol::openai_chat);
//   for (const CompletionDelta& delta : decoder.part(octets)) append(delta, answer);
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/base/bytes.h"
#include "src/wire/server_sent_events.h"

namespace ringback::wire {

enum class CompletionProtocol : std::uint8_t { openai_chat, openai_responses, anthropic_messages };
// As a trace's channel has it: "openai-chat", "openai-responses", "anthropic-messages".
std::string_view name_of(CompletionProtocol protocol);
std::optional<CompletionProtocol> completion_protocol_named(std::string_view name);
// What the agent posts to: "/v1/chat/completions".
std::string_view completion_path(CompletionProtocol protocol);

// --- the conversation ---

// A function call that the model asks for.
struct ChatCall {
  std::string id;
  std::string name;
  Bytes arguments;  // JSON, where the model made it so

  friend bool operator==(const ChatCall&, const ChatCall&) = default;
};

struct ChatItem {
  enum class Role : std::uint8_t { system, user, assistant, tool };
  Role role = Role::user;
  Bytes text;                   // of a tool: its output
  std::vector<ChatCall> calls;  // of the assistant
  std::string call_id;          // of a tool: whose output this is

  friend bool operator==(const ChatItem&, const ChatItem&) = default;
};

struct ChatRequest {
  // Neighbouring items of the assistant are one. Pictures, reasoning and what the provider runs itself are left out.
  std::vector<ChatItem> items;
  Bytes settings = "{}";  // every other member of the request as a JSON object: model, tools, stream, ...
  std::string previous;   // Responses: previous_response_id; `items` continue that conversation
  friend bool operator==(const ChatRequest&, const ChatRequest&) = default;
};

inline constexpr std::size_t kChatItemsMax = 100'000;

// Throws Error where `body` is no request of this protocol.
ChatRequest parse_chat_request(CompletionProtocol protocol, BytesView body);
Bytes build_chat_request(CompletionProtocol protocol, const ChatRequest& request);
// Whether the request asks for server-sent events.
bool asks_for_stream(const ChatRequest& request);

// --- the answer ---

struct CompletionDelta {
  enum class Kind : std::uint8_t {
    text,       // `text` goes on
    call,       // call number `call` begins: `call_id`, `name`
    arguments,  // the arguments of call number `call` go on with `text`
    done,       // the answer is whole; `reason` as the vendor says it
    failed,     // there will be no answer: `status` of HTTP where it says so (0 otherwise), `text` says why
  };
  Kind kind = Kind::text;
  Bytes text;
  std::size_t call = 0;  // from 0 within the answer
  std::string call_id;
  std::string name;
  std::string reason;
  std::int64_t status = 0;

  friend bool operator==(const CompletionDelta&, const CompletionDelta&) = default;
};

// Adds what `delta` says to the answer, an item of the assistant.
void append(const CompletionDelta& delta, ChatItem& answer);
// Text or arguments: what fault offsets count as a token.
inline bool is_token(const CompletionDelta& delta) {
  return (delta.kind == CompletionDelta::Kind::text || delta.kind == CompletionDelta::Kind::arguments) &&
         !delta.text.empty();
}

// What the provider says the request and its answer took.
struct CompletionUsage {
  std::uint64_t input_tokens = 0;
  std::uint64_t output_tokens = 0;

  friend bool operator==(const CompletionUsage&, const CompletionUsage&) = default;
};
// Numbers that nobody could have used are capped.
inline constexpr std::int64_t kTokensMax = 1'000'000'000'000;

// Reads one answer. Nothing follows a `done` or a `failed`.
class CompletionDecoder {
 public:
  explicit CompletionDecoder(CompletionProtocol protocol) : protocol_(protocol) {}

  // The head of the answer, with the body where that is no stream. A status of 400 or above fails.
  std::vector<CompletionDelta> head(std::int64_t status, BytesView body);
  // The next octets of a streamed body; one that is no JSON fails.
  std::vector<CompletionDelta> part(BytesView octets);
  // The body is over. An answer that was not whole fails ("the stream ended early").
  std::vector<CompletionDelta> finish();
  // The connection broke.
  std::vector<CompletionDelta> broken(std::string_view reason);
  bool is_over() const { return is_over_; }
  // The provider's id of the answer, as far as it was seen.
  const std::string& id() const { return id_; }
  // As far as it was seen; nothing where the provider reports none.
  const std::optional<CompletionUsage>& usage() const { return usage_; }

 private:
  friend struct CompletionSink;
  void take(const ServerSentEvent& event, std::vector<CompletionDelta>& out);

  CompletionProtocol protocol_;
  ServerSentEvents events_;
  std::string id_;
  std::optional<CompletionUsage> usage_;
  std::string reason_;                         // of the end, once the vendor said it
  std::map<std::int64_t, std::size_t> calls_;  // by the vendor's index
  std::vector<std::string> call_ids_;
  std::vector<bool> has_arguments_;  // of each call: some came already
  bool has_text_ = false;
  bool is_over_ = false;
};

// One piece of an answer that is made up.
struct CompletionPart {
  Bytes octets;
  bool is_token = false;
};
struct CompletionIds {
  std::string_view id;     // of the answer
  std::string_view model;  // its name
};
// The answer as server-sent events: text by words, arguments by pieces of eight bytes.
std::vector<CompletionPart> build_completion_stream(CompletionProtocol protocol, const CompletionIds& ids,
                                                    const ChatItem& answer);
// The answer as one body.
Bytes build_completion(CompletionProtocol protocol, const CompletionIds& ids, const ChatItem& answer);
// The body of an answer that failed with an HTTP status.
Bytes build_completion_error(CompletionProtocol protocol, std::string_view code, BytesView message);
// A failure in the middle of a stream.
Bytes build_stream_error(CompletionProtocol protocol, std::string_view code, BytesView message);

}  // namespace ringback::wire
