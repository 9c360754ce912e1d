#include "tests/planted/model_turn.h"

#include <utility>

#include <boost/json.hpp>

namespace ringback::planted {

using wire::ChatCall;
using wire::ChatItem;
using wire::CompletionDelta;

namespace {

constexpr BytesView kFailedOutput = R"({"error":"it failed, and I said so"})";

Task<std::optional<CompletionDelta>> next_delta(CompletionStream& stream) {
  std::optional<CompletionDelta> delta = co_await stream.inbox().receive();
  co_return delta;
}

}  // namespace

Task<void> call_in_background(AgentWorld& world, std::string function, Bytes arguments) {
  for (int attempt = 0; attempt < 5; ++attempt) {
    ToolCare once;
    once.retries = 0;
    std::optional<Bytes> good = co_await call_with_care(world, once, function, arguments);
    if (good.has_value()) co_return;
    co_await sleep(world.kernel, world.lane, seconds(1));
  }
}

Task<void> ModelTurn::run() {
  for (int round = 0; round <= care_.rounds; ++round) {
    Task<std::optional<ChatItem>> asked = ask();
    std::optional<std::optional<ChatItem>> limited =
        co_await with_timeout(world_.kernel, world_.lane, care_.answer_limit, std::move(asked));
    if (!limited.has_value() || !limited->has_value()) {
      if (care_.says_so_when_it_fails) say_(std::string(kTurnSorry));
      co_return;
    }
    const ChatItem answer = std::move(**limited);
    memory_.conversation.push_back(answer);
    if (!answer.text.empty()) {
      say_(std::string(answer.text));
    } else if (!answer.calls.empty()) {
      say_(std::string(kTurnMoment));
    } else if (care_.notices_empty_answers) {
      say_(std::string(kTurnPardon));
    }
    if (answer.calls.empty()) co_return;
    std::vector<ChatCall> calls = answer.calls;
    const bool goes_on = co_await run_calls(std::move(calls));
    if (!goes_on) co_return;
  }
  say_(std::string(kTurnSorry));
}

Task<std::optional<ChatItem>> ModelTurn::ask() {
  for (int attempt = 0; attempt < care_.attempts; ++attempt) {
    if (attempt > 0) co_await sleep(world_.kernel, world_.lane, care_.backoff * attempt);
    std::optional<ChatItem> answer = co_await ask_once();
    if (answer.has_value()) co_return answer;
  }
  co_return std::nullopt;
}

Task<std::optional<ChatItem>> ModelTurn::ask_once() {
  wire::ChatRequest request = world_.setup.chat;
  request.items.insert(request.items.end(), memory_.conversation.begin(), memory_.conversation.end());
  const std::unique_ptr<CompletionStream> stream = world_.completions.ask(request);
  ChatItem answer{.role = ChatItem::Role::assistant, .text = {}, .calls = {}, .call_id = {}};
  for (;;) {
    Task<std::optional<CompletionDelta>> next = next_delta(*stream);
    std::optional<std::optional<CompletionDelta>> delta =
        co_await with_timeout(world_.kernel, world_.lane, care_.piece_limit, std::move(next));
    if (!delta.has_value() || !delta->has_value()) co_return std::nullopt;
    if ((*delta)->kind == CompletionDelta::Kind::failed) co_return std::nullopt;
    if ((*delta)->kind == CompletionDelta::Kind::done) co_return std::optional<ChatItem>(std::move(answer));
    wire::append(**delta, answer);
  }
}

// False where the turn is over: the caller was told, or should have been.
Task<bool> ModelTurn::run_calls(std::vector<ChatCall> calls) {
  Mailbox<Output> outputs(world_.kernel, world_.lane);
  Scope work(world_.kernel, world_.lane);
  for (std::size_t i = 0; i < calls.size(); ++i) work.spawn(serve(calls[i], i, outputs));
  std::vector<std::optional<Bytes>> bodies(calls.size());
  bool all_good = true;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    std::optional<Output> output = co_await outputs.receive();
    all_good = all_good && output->body.has_value();
    bodies[care_.outputs_by_call ? output->call : i] = std::move(output->body);
    if (!all_good && !care_.keeps_good_outputs) co_return false;
  }
  for (std::size_t i = 0; i < calls.size(); ++i) {
    memory_.conversation.push_back({.role = ChatItem::Role::tool,
                                    .text = bodies[i].value_or(Bytes(kFailedOutput)),
                                    .calls = {},
                                    .call_id = calls[i].id});
  }
  if (!all_good && !care_.says_so_when_a_tool_fails) co_return false;
  if (!all_good) say_(std::string(kTurnSorry));
  co_return true;
}

Task<void> ModelTurn::serve(ChatCall call, std::size_t number, Mailbox<Output>& outputs) {
  Output output{.call = number, .body = {}};
  output.body = co_await output_of(call);
  if (output.body.has_value() && care_.output_max.has_value() && output.body->size() > *care_.output_max) co_return;
  outputs.push(std::move(output));
}

Task<std::optional<Bytes>> ModelTurn::output_of(ChatCall call) {
  if (!care_.functions.contains(call.name)) {
    while (!care_.answers_unknown_functions) co_await sleep(world_.kernel, world_.lane, seconds(3600));
    co_return std::optional<Bytes>(R"({"error":"there is no such function"})");
  }
  if (!care_.checks_arguments) {
    boost::json::parse(std::string_view(call.arguments));
  } else if (!wire::try_canonical_json(call.arguments).has_value()) {
    co_return std::optional<Bytes>(R"({"error":"the arguments are no JSON"})");
  }
  if (call.name == care_.later) {
    background_.spawn(call_in_background(world_, call.name, call.arguments));
    co_return std::optional<Bytes>(R"({"queued":true})");
  }
  const bool is_effect = care_.effects.contains(call.name);
  const std::string key = call.name + " " + std::string(call.arguments);
  const std::string cached = care_.caches_by_arguments ? key : call.name;
  const auto before = memory_.effects.find(key);
  if (is_effect && care_.remembers_effects && before != memory_.effects.end()) {
    Bytes known = before->second;
    co_return std::optional<Bytes>(std::move(known));
  }
  const auto hit = memory_.cache.find(cached);
  if (!is_effect && hit != memory_.cache.end()) {
    Bytes known = hit->second;
    co_return std::optional<Bytes>(std::move(known));
  }
  if (is_effect) memory_.effects[key] = R"({"error":"it is not known whether it was done"})";
  ToolCare care = care_.tool;
  care.is_repeatable = !is_effect || care_.repeats_effects;
  std::optional<Bytes> good = co_await call_with_care(world_, care, call.name, call.arguments);
  if (is_effect && !care_.claims_after_success) say_(std::string(kTurnDone));
  if (!good.has_value()) co_return good;
  read_fields(*good);
  if (is_effect) {
    memory_.effects[key] = *good;
    if (care_.claims_after_success) say_(std::string(kTurnDone));
  } else {
    memory_.cache[cached] = *good;
  }
  co_return good;
}

void ModelTurn::read_fields(const Bytes& body) const {
  if (care_.reads_fields_checked) return;
  static_cast<void>(boost::json::parse(std::string_view(body)).as_object().at("order").as_string());
}

}  // namespace ringback::planted
