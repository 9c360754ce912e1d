// A recording's completion requests, taken apart: each request with what answered it, filed under the conversation that
// it held.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "src/base/hash.h"
#include "src/base/time.h"
#include "src/trace/trace.h"
#include "src/wire/completion.h"

namespace ringback::sim {

// One event of an answer: its head, a part, or a failure.
struct CompletionEvent {
  Duration after;  // the request; at least 0
  trace::EventKind kind = trace::EventKind::response;
  Bytes body;  // of the event
  bool is_token = false;
};

struct RecordedCompletion {
  std::uint32_t number = 0;  // from 1, in the order of the requests
  Hash128 key;               // of the conversation in the request
  std::vector<CompletionEvent> events;
  bool was_abandoned = false;  // the agent did not wait for the end
  std::string caused_by;       // for messages: "\"find Ada\"", "an output of a tool"
};

struct RecordedCompletions {
  trace::Channel channel;
  wire::CompletionProtocol protocol = wire::CompletionProtocol::openai_chat;
  std::string operation;      // of the first request: "POST /v1/chat/completions"
  wire::ChatRequest opening;  // its settings, and the items of the system before anybody else's
  bool speaks_first = false;  // the first request holds nothing but what the system says
  std::vector<RecordedCompletion> completions;
  std::vector<std::string> notices;
};

// The whole of a conversation: what a request continues (previous_response_id) with what it holds. Answers are kept by
// the provider's id.
class ContinuedConversations {
 public:
  std::vector<wire::ChatItem> whole(const wire::ChatRequest& request) const;
  void keep(const std::string& id, std::vector<wire::ChatItem> conversation, const wire::ChatItem& answer);

 private:
  std::map<std::string, std::vector<wire::ChatItem>> by_id_;
};

// The first completion channel of the recording, or null.
const trace::Channel* completion_channel(const trace::Trace& recording);
// Throws Error where a request is none of the channel's protocol (naming the event's number).
RecordedCompletions read_recorded_completions(const trace::Trace& recording, const trace::Channel& channel);

}  // namespace ringback::sim
