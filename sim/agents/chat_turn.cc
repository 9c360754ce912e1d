#include "sim/agents/chat_turn.h"

#include <utility>

namespace ringback::sim {
namespace {

using wire::ChatCall;
using wire::ChatItem;
using wire::CompletionDelta;

// The output of a call that failed, for the model.
constexpr BytesView kFailedOutput = R"({"error":"the tool cannot be reached; the caller was told"})";

Task<std::optional<CompletionDelta>> next_delta(CompletionStream& stream) {
  std::optional<CompletionDelta> delta = co_await stream.inbox().receive();
  co_return delta;
}

struct Output {
  std::size_t call = 0;
  std::optional<Bytes> body;
};

Task<void> serve(AgentWorld& world, const RetryOptions& options, ChatCall call, std::size_t number,
                 Mailbox<Output>& outputs) {
  std::optional<ToolReply> reply = co_await call_tool(world, options, call.name, call.arguments);
  Output output{.call = number};
  if (reply.has_value()) output.body = std::move(reply->body);
  outputs.push(std::move(output));
}

}  // namespace

ChatOptions parse_chat_options(AgentOptions& options) {
  ChatOptions parsed;
  parsed.retry = parse_retry_options(options);
  parsed.model_timeout = options.time_or_none("model_timeout", parsed.model_timeout);
  parsed.rounds = options.count("rounds", {.otherwise = parsed.rounds, .max = kRoundsMax});
  parsed.speaks_fallback = options.word("fallback", {"none", "spoken"}) == "spoken";
  return parsed;
}

Task<bool> ChatTurn::run() {
  for (std::uint32_t round = 0; round <= options_.rounds; ++round) {
    std::optional<ChatItem> answer = co_await ask();
    if (!answer.has_value()) co_return false;
    conversation_.push_back(*answer);
    if (!answer->text.empty() && hooks_.on_answer) hooks_.on_answer(answer->text);
    if (answer->calls.empty()) co_return true;
    const bool succeeded = co_await run_calls(answer->calls);
    if (!succeeded) co_return false;
  }
  co_return false;
}

Task<std::optional<ChatItem>> ChatTurn::ask() {
  Duration backoff = options_.retry.backoff;
  for (std::uint32_t attempt = 0; attempt <= options_.retry.retries; ++attempt) {
    if (attempt > 0) {
      co_await sleep(world_.kernel, world_.lane, backoff);
      backoff = backoff * 2;
    }
    std::optional<ChatItem> answer = co_await ask_once();
    if (answer.has_value()) co_return answer;
  }
  co_return std::nullopt;
}

Task<std::optional<ChatItem>> ChatTurn::ask_once() {
  wire::ChatRequest request = world_.setup.chat;
  request.items.insert(request.items.end(), conversation_.begin(), conversation_.end());
  if (hooks_.on_attempt) hooks_.on_attempt();
  const std::unique_ptr<CompletionStream> stream = world_.completions.ask(request);
  ChatItem answer{.role = ChatItem::Role::assistant, .text = {}, .calls = {}, .call_id = {}};
  for (;;) {
    std::optional<CompletionDelta> delta;
    Task<std::optional<CompletionDelta>> next = next_delta(*stream);
    if (options_.model_timeout.has_value()) {
      std::optional<std::optional<CompletionDelta>> limited =
          co_await with_timeout(world_.kernel, world_.lane, *options_.model_timeout, std::move(next));
      if (!limited.has_value()) co_return std::nullopt;
      delta = std::move(*limited);
    } else {
      delta = co_await next;
    }
    if (!delta.has_value() || delta->kind == CompletionDelta::Kind::failed) co_return std::nullopt;
    if (delta->kind == CompletionDelta::Kind::done) co_return std::optional<ChatItem>(std::move(answer));
    wire::append(*delta, answer);
    if (delta->kind == CompletionDelta::Kind::text && hooks_.on_piece) hooks_.on_piece(delta->text);
  }
}

// All at once; the outputs stand in the order of the calls, however they come.
Task<bool> ChatTurn::run_calls(std::vector<ChatCall> calls) {
  Mailbox<Output> outputs(world_.kernel, world_.lane);
  Scope work(world_.kernel, world_.lane);
  for (std::size_t i = 0; i < calls.size(); ++i) work.spawn(serve(world_, options_.retry, calls[i], i, outputs));
  std::vector<std::optional<Bytes>> bodies(calls.size());
  bool all_good = true;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    std::optional<Output> output = co_await outputs.receive();
    all_good = all_good && output->body.has_value();
    bodies[output->call] = std::move(output->body);
  }
  if (!all_good && !options_.speaks_fallback) co_return false;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    conversation_.push_back({.role = ChatItem::Role::tool,
                             .text = bodies[i].value_or(Bytes(kFailedOutput)),
                             .calls = {},
                             .call_id = calls[i].id});
  }
  co_return all_good;
}

}  // namespace ringback::sim
