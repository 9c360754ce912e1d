#include "sim/peers/completion_model.h"

#include <algorithm>
#include <utility>

#include "sim/peers/chat_key.h"
#include "sim/peers/completion_form.h"
#include "sim/peers/rules.h"
#include "sim/peers/standin_completion.h"

namespace ringback::sim {

using trace::EventKind;
using trace::Origin;
using Kind = wire::CompletionDelta::Kind;
using Role = wire::ChatItem::Role;

// One request and its answer on the way.
struct CompletionModel::Exchange {
  std::uint32_t number = 0;
  Mailbox<wire::CompletionDelta>* inbox = nullptr;  // the agent's
  Mailbox<CompletionPiece>* pieces = nullptr;       // the same, of an agent that speaks HTTP itself
  CompletionExchange::Begun on_begun;               // of that agent; it may be empty
  bool is_on_the_wire = false;                      // it does
  wire::CompletionDecoder decoder;
  std::vector<wire::ChatItem> conversation;  // before the answer
  wire::ChatItem answer;
  Answer served;
  std::size_t next = 0;
  VirtualTime cause;
  std::uint64_t tokens = 0;
  bool is_pending = true;  // the floor counts it
  ScopedTimer timer;

  Exchange(std::uint32_t number_in, wire::CompletionProtocol protocol, Kernel& kernel)
      : number(number_in), decoder(protocol), timer(kernel) {}
};

// The agent's end of one request.
class CompletionModel::Stream final : public CompletionStream {
 public:
  Stream(CompletionModel& model, std::uint32_t number)
      : model_(model), number_(number), inbox_(model.parts_.kernel, model.parts_.agent_lane) {}
  ~Stream() override { model_.let_go(number_); }
  Mailbox<wire::CompletionDelta>& inbox() override { return inbox_; }

 private:
  CompletionModel& model_;
  std::uint32_t number_;
  Mailbox<wire::CompletionDelta> inbox_;
};

class CompletionModel::Post final : public CompletionExchange {
 public:
  Post(CompletionModel& model, std::uint32_t number)
      : model_(model), number_(number), pieces_(model.parts_.kernel, model.parts_.agent_lane) {}
  ~Post() override { model_.let_go(number_); }
  Mailbox<CompletionPiece>& pieces() override { return pieces_; }
  void set_on_begun(Begun on_begun) override { model_.look_for_beginnings(number_, std::move(on_begun)); }

 private:
  CompletionModel& model_;
  std::uint32_t number_;
  Mailbox<CompletionPiece> pieces_;
};

CompletionModel::CompletionModel(const Parts& parts, const RecordedCompletions& recorded)
    : parts_(parts),
      recorded_(recorded),
      lane_(parts.kernel.lane("model")),
      is_used_(recorded.completions.size()),
      improviser_(parts.reaction) {
  // A fault kept the request from arriving, and this is what the agent sees.
  parts_.link.set_on_bounced([this](const trace::Event& event) { arrive(event.exchange, event, false); });
}

CompletionModel::~CompletionModel() = default;

// --- from the agent ---

std::unique_ptr<CompletionStream> CompletionModel::ask(const wire::ChatRequest& request) {
  Exchange& exchange = begin(request);
  auto stream = std::make_unique<Stream>(*this, exchange.number);
  exchange.inbox = &stream->inbox();
  send_request(exchange.number, wire::build_chat_request(recorded_.protocol, request));
  return stream;
}

std::unique_ptr<CompletionExchange> CompletionModel::post(Bytes body) {
  Exchange& exchange = begin(wire::parse_chat_request(recorded_.protocol, body));
  auto post = std::make_unique<Post>(*this, exchange.number);
  exchange.is_on_the_wire = true;
  exchange.pieces = &post->pieces();
  send_request(exchange.number, std::move(body));
  return post;
}

CompletionModel::Exchange& CompletionModel::begin(const wire::ChatRequest& request) {
  const std::uint32_t number = ++requests_;
  exchanges_[number] = std::make_unique<Exchange>(number, recorded_.protocol, parts_.kernel);
  const VirtualTime now = parts_.kernel.now();
  for (const wire::ChatItem& item : request.items) {
    if (item.role == Role::tool && open_calls_.erase(item.call_id) > 0) parts_.floor.pending_closed(Pending::call, now);
  }
  parts_.floor.pending_opened(Pending::response, now);
  return *exchanges_[number];
}

void CompletionModel::send_request(std::uint32_t number, Bytes body) {
  parts_.link.from_agent(
      trace::make_event(
          {.origin = Origin::agent, .exchange = number},
          trace::Request{.operation = recorded_.operation.empty()
                                          ? fmt::format("POST {}", wire::completion_path(recorded_.protocol))
                                          : recorded_.operation,
                         .body = std::move(body),
                         .headers = "content-type: application/json\n"}),
      {}, [this, number](const trace::Event& delivered, Delivery) { receive(number, delivered); });
}

namespace {

trace::Event attempt(std::uint32_t number, const std::string& operation) {
  return trace::make_event({.origin = Origin::agent, .exchange = number}, trace::Request{.operation = operation});
}

}  // namespace

bool CompletionModel::would_fail_to_connect(ActionName action, std::uint32_t ahead) const {
  return parts_.link.would_bounce(attempt(requests_ + ahead + 1, recorded_.operation), action);
}

void CompletionModel::fail_to_connect() { parts_.link.from_agent(attempt(++requests_, recorded_.operation), {}, {}); }

void CompletionModel::receive(std::uint32_t number, const trace::Event& event) {
  const auto found = exchanges_.find(number);
  if (found == exchanges_.end() || is_over_) return;
  Exchange& exchange = *found->second;
  const wire::ChatRequest request =
      wire::parse_chat_request(recorded_.protocol, trace::body_of<trace::Request>(event).body);
  exchange.conversation = conversations_.whole(request);
  std::optional<Answer> chosen = answer(number, request, exchange.conversation);
  if (!chosen.has_value()) return;
  exchange.served = std::move(*chosen);
  // Whoever speaks HTTP may ask otherwise than the recorded agent did.
  if (exchange.is_on_the_wire)
    exchange.served.script =
        in_form(recorded_.protocol, wire::asks_for_stream(request), std::move(exchange.served.script));
  exchange.cause = parts_.kernel.now();
  play(number);
}

// --- what answers ---

std::optional<CompletionModel::Answer> CompletionModel::answer(std::uint32_t number, const wire::ChatRequest& request,
                                                               const std::vector<wire::ChatItem>& conversation) {
  const Hash128 key = chat_key(conversation);
  const RecordedCompletion* next_unused = nullptr;
  for (std::size_t i = 0; i < recorded_.completions.size(); ++i) {
    const RecordedCompletion& completion = recorded_.completions[i];
    if (is_used_[i] || completion.events.empty()) continue;
    if (next_unused == nullptr) next_unused = &completion;
    if (completion.key != key) continue;
    is_used_[i] = true;
    parts_.watch.count_answer(Origin::recorded);
    return Answer{
        .script = completion.events, .origin = Origin::recorded, .recorded = i, .ends = !completion.was_abandoned};
  }
  if (parts_.strict) {
    const bool go_on = parts_.watch.diverged(
        {.at = parts_.kernel.now(),
         .channel = recorded_.channel.name,
         .what = "unmatched request",
         .expected = next_unused == nullptr
                         ? "no further request"
                         : fmt::format("request {} after {}", next_unused->number, next_unused->caused_by),
         .actual = fmt::format("request {} with a conversation that the recording does not have", number),
         .nearest = next_unused == nullptr ? "" : fmt::format("request {}", next_unused->number)});
    if (!go_on) return std::nullopt;
  }
  return answer_for_itself(number, request, conversation);
}

// A rule's sentence, or the reaction.
CompletionModel::Answer CompletionModel::answer_for_itself(std::uint32_t number, const wire::ChatRequest& request,
                                                           const std::vector<wire::ChatItem>& conversation) {
  const std::optional<std::size_t> found =
      find_rule(parts_.schedule,
                {.channel = recorded_.channel.name, .response = number, .failing_tools = parts_.failing_tools()});
  StandinCompletion standin{
      .protocol = recorded_.protocol, .number = number, .streams = wire::asks_for_stream(request)};
  if (found.has_value()) {
    const AnswerRule& rule = parts_.schedule.answers[*found];
    parts_.watch.rule_applied(*found);
    standin.what.say = *rule.say;
    standin.extra_latency = rule.delay;
  } else {
    if (!conversation.empty() && conversation.back().role == Role::user) improviser_.caller_spoke();
    for (const wire::ChatItem& item : conversation) {
      if (!item.calls.empty()) improviser_.called(item.calls.back().name, item.calls.back().arguments);
    }
    standin.what = improviser_.next();
    parts_.watch.stood_in({.channel = recorded_.channel.name,
                           .exchange = number,
                           .due = parts_.kernel.now(),
                           .reaction = parts_.reaction,
                           .act = standin.what.act});
  }
  const Origin origin = found.has_value() ? Origin::rule : Origin::stub;
  parts_.watch.count_answer(origin);
  return {.script = make_standin_completion(standin), .origin = origin};
}

// --- to the agent ---

// Sends what is due, and comes back for the rest.
void CompletionModel::play(std::uint32_t number) {
  const auto found = exchanges_.find(number);
  if (found == exchanges_.end() || is_over_) return;
  Exchange& exchange = *found->second;
  const VirtualTime now = parts_.kernel.now();
  while (exchange.next < exchange.served.script.size() &&
         exchange.cause + exchange.served.script[exchange.next].after <= now) {
    const CompletionEvent& event = exchange.served.script[exchange.next++];
    send(exchange, event, exchange.next == exchange.served.script.size());
  }
  if (exchange.next == exchange.served.script.size()) return;
  const VirtualTime due = exchange.cause + exchange.served.script[exchange.next].after;
  exchange.timer.schedule(due, EventClass::delivery, lane_, [this, number] { play(number); });
}

void CompletionModel::send(Exchange& exchange, const CompletionEvent& event, bool is_last) {
  Link::Detail detail;
  if (event.is_token) detail.token = ++exchange.tokens;
  trace::Event sent{
      .kind = event.kind, .origin = exchange.served.origin, .exchange = exchange.number, .body = event.body};
  const std::uint32_t number = exchange.number;
  const bool intact = parts_.link.to_agent(
      std::move(sent), detail,
      [this, number, is_last](const trace::Event& delivered, Delivery) { arrive(number, delivered, is_last); });
  if (!intact && exchange.served.recorded.has_value()) is_used_[*exchange.served.recorded] = false;
}

void CompletionModel::arrive(std::uint32_t number, const trace::Event& event, bool is_last) {
  const auto found = exchanges_.find(number);
  if (found == exchanges_.end() || is_over_) return;  // a late one; the agent has gone
  Exchange& exchange = *found->second;
  const bool is_on_the_wire = exchange.is_on_the_wire;
  if (event.kind == EventKind::response) {
    const auto response = trace::body_of<trace::Response>(event);
    hand_out(exchange, exchange.decoder.head(response.status, response.body));
  } else if (event.kind == EventKind::response_part) {
    hand_out(exchange, exchange.decoder.part(trace::body_field(event.body, 1)));
  } else if (event.kind == EventKind::failed) {
    hand_out(exchange, exchange.decoder.broken(trace::body_of<trace::Failed>(event).reason));
  }
  if (is_last && exchange.served.ends) hand_out(exchange, exchange.decoder.finish());
  if (is_on_the_wire) hand_out_octets(exchange, event, is_last && exchange.served.ends);
}

void CompletionModel::hand_out(Exchange& exchange, const std::vector<wire::CompletionDelta>& deltas) {
  for (const wire::CompletionDelta& delta : deltas) {
    wire::append(delta, exchange.answer);
    if (exchange.inbox != nullptr) exchange.inbox->push(delta);
    if (delta.kind == Kind::done) remember(exchange);
    // On the wire an answer ends with its octets, whatever they mean.
    if (!exchange.is_on_the_wire && (delta.kind == Kind::done || delta.kind == Kind::failed)) end(exchange);
  }
}

namespace {

// What `is_last` is whole as it stands.
CompletionPiece head_of(const trace::Event& event, bool is_last) {
  auto response = trace::body_of<trace::Response>(event);
  const bool is_stream = !is_last && response.status < 400 && response.body.empty();
  return {.kind = CompletionPiece::Kind::head,
          .status = response.status,
          .headers = std::move(response.headers),
          .octets = std::move(response.body),
          .is_stream = is_stream};
}

CompletionPiece part_of(const trace::Event& event) {
  return {.kind = CompletionPiece::Kind::part, .octets = Bytes(trace::body_field(event.body, 1))};
}

}  // namespace

void CompletionModel::hand_out_octets(Exchange& exchange, const trace::Event& event, bool is_last) {
  using Piece = CompletionPiece::Kind;
  if (exchange.pieces == nullptr) return;
  bool is_over = is_last;
  if (event.kind == EventKind::response) {
    CompletionPiece head = head_of(event, is_last);
    is_over = !head.is_stream;
    exchange.pieces->push(std::move(head));
  } else if (event.kind == EventKind::response_part) {
    exchange.pieces->push(part_of(event));
  } else if (event.kind == EventKind::failed) {
    exchange.pieces->push({.kind = Piece::broken, .octets = trace::body_of<trace::Failed>(event).reason});
    return end(exchange);
  }
  if (!is_over) return;
  exchange.pieces->push({.kind = Piece::end});
  end(exchange);
}

void CompletionModel::look_for_beginnings(std::uint32_t number, CompletionExchange::Begun on_begun) {
  const auto found = exchanges_.find(number);
  if (found != exchanges_.end()) found->second->on_begun = std::move(on_begun);
  parts_.link.set_on_begun([this](const trace::Event& event, Duration spread) { begin_arriving(event, spread); });
}

void CompletionModel::begin_arriving(const trace::Event& event, Duration spread) {
  const auto found = exchanges_.find(event.exchange);
  if (found == exchanges_.end() || is_over_ || found->second->pieces == nullptr || !found->second->on_begun) return;
  // The head of a stream has no octets that would take their time.
  const bool is_part = event.kind == EventKind::response_part;
  if (is_part || event.kind == EventKind::response)
    found->second->on_begun(is_part ? part_of(event) : head_of(event, false), spread);
}

// A whole answer is part of the conversation, and the calls that it asks for are open.
void CompletionModel::remember(Exchange& exchange) {
  conversations_.keep(exchange.decoder.id(), exchange.conversation, exchange.answer);
  for (const wire::ChatCall& call : exchange.answer.calls) {
    calls_opened_ = {.at = parts_.kernel.now(), .tool_requests = parts_.tool_calls()};
    if (open_calls_.insert(call.id).second) parts_.floor.pending_opened(Pending::call, parts_.kernel.now());
  }
}

// Nothing more of the answer is sent.
void CompletionModel::end(Exchange& exchange) {
  exchange.timer.cancel();
  exchange.next = exchange.served.script.size();
  if (std::exchange(exchange.is_pending, false)) parts_.floor.pending_closed(Pending::response, parts_.kernel.now());
  if (exchange.inbox != nullptr) exchange.inbox->close();
  if (exchange.pieces != nullptr) exchange.pieces->close();
}

void CompletionModel::agent_said() {
  const VirtualTime now = parts_.kernel.now();
  const bool asks = std::any_of(exchanges_.begin(), exchanges_.end(),
                                [](const auto& exchange) { return exchange.second->is_pending; });
  if (asks || !are_given_up(calls_opened_, now, parts_.tool_calls())) return;
  for (std::size_t i = 0; i < open_calls_.size(); ++i) parts_.floor.pending_closed(Pending::call, now);
  open_calls_.clear();
}

// The agent has what it wanted, or gave up waiting.
void CompletionModel::let_go(std::uint32_t number) {
  const auto found = exchanges_.find(number);
  if (found == exchanges_.end()) return;
  Exchange& exchange = *found->second;
  exchange.inbox = nullptr;
  exchange.pieces = nullptr;
  if (!is_over_ && exchange.is_pending) {
    parts_.link.note(
        trace::make_event({.direction = trace::Direction::from_agent, .origin = Origin::agent, .exchange = number},
                          trace::Abandoned{.reason = "gave up"}));
    end(exchange);
  }
  exchanges_.erase(found);
}

std::vector<std::string> CompletionModel::unused() const {
  std::vector<std::string> unused;
  for (std::size_t i = 0; i < recorded_.completions.size(); ++i) {
    const RecordedCompletion& completion = recorded_.completions[i];
    if (!is_used_[i] && !completion.events.empty())
      unused.push_back(fmt::format("answer {} after {}", completion.number, completion.caused_by));
  }
  return unused;
}

void CompletionModel::stop() {
  is_over_ = true;
  for (auto& [number, exchange] : exchanges_) exchange->timer.cancel();
}

}  // namespace ringback::sim
