#include "sim/peers/realtime_model.h"

#include <utility>

#include "sim/peers/connect_guard.h"
#include "sim/peers/realtime_session.h"
#include "sim/peers/rules.h"
#include "sim/peers/standin_response.h"

namespace ringback::sim {

namespace {

// The agent's end of a session.
class Connection final : public ModelConnection {
 public:
  explicit Connection(std::unique_ptr<RealtimeSession> session) : session_(std::move(session)) {}
  ~Connection() override { session_->close_by_agent(1000); }
  Mailbox<wire::RealtimeFrame>& inbox() override { return session_->inbox(); }
  const std::optional<ModelClosed>& closed() const override { return session_->closed(); }
  void send(wire::RealtimeFrame frame) override { session_->send(std::move(frame)); }
  void close(std::int64_t code) override { session_->close_by_agent(code); }
  void set_on_begun(MessageBegun on_begun) override { session_->set_on_begun(std::move(on_begun)); }

 private:
  std::unique_ptr<RealtimeSession> session_;
};

}  // namespace

RealtimeModel::RealtimeModel(const Parts& parts, const RecordedModel& recorded)
    : parts_(parts),
      recorded_(recorded),
      frames_(recorded.recording),
      response_is_used_(recorded.responses.size()),
      turn_is_used_(recorded.turns.size()) {
  parts_.link.set_on_closed([this](std::int64_t code, const std::string& reason) {
    if (session_ != nullptr) session_->close_by_link(code, reason);
    if (connecting_ != nullptr) connecting_->push(false);
  });
  parts_.link.set_on_bounced([this](const trace::Event&) {
    if (connecting_ != nullptr) connecting_->push(false);
  });
}

RealtimeModel::~RealtimeModel() = default;

Task<std::unique_ptr<ModelConnection>> RealtimeModel::connect() {
  RINGBACK_CHECK(session_ == nullptr && connecting_ == nullptr, "an agent has one model session at a time");
  Mailbox<bool> outcome(parts_.kernel, parts_.agent_lane);
  ConnectGuard guard(connecting_, outcome);
  parts_.link.from_agent(
      trace::make_event({.origin = trace::Origin::agent}, trace::Opened{.url = recorded_.channel.url}), {},
      [this](const trace::Event&, Delivery) {
        if (connecting_ != nullptr) connecting_->push(true);
      });
  std::optional<bool> is_connected = co_await outcome.receive();
  if (!is_connected.value_or(false)) co_return nullptr;
  auto session = std::make_unique<RealtimeSession>(*this);
  std::unique_ptr<ModelConnection> connection = std::make_unique<Connection>(std::move(session));
  co_return connection;
}

std::optional<RealtimeModel::Answer> RealtimeModel::answer(const Due& due) {
  const RecordedResponse* next_unused = nullptr;
  for (std::size_t i = 0; i < recorded_.responses.size(); ++i) {
    if (response_is_used_[i]) continue;
    const RecordedResponse& response = recorded_.responses[i];
    if (next_unused == nullptr) next_unused = &response;
    if (response.key != due.key) continue;
    response_is_used_[i] = true;
    parts_.watch.count_answer(trace::Origin::recorded);
    return Answer{.script = response.frames,
                  .origin = trace::Origin::recorded,
                  .identity = fmt::format("recorded {}", response.number),
                  .recorded = i};
  }
  if (parts_.strict) {
    const bool go_on = parts_.watch.diverged(
        {.at = parts_.kernel.now(),
         .channel = recorded_.channel.name,
         .what = "unmatched response request",
         .expected = next_unused == nullptr
                         ? "no further response"
                         : fmt::format("response {} after {}", next_unused->number, next_unused->caused_by),
         .actual = fmt::format("response {} after a conversation that the recording does not have", due.number),
         .nearest = next_unused == nullptr ? "" : fmt::format("response {}", next_unused->number)});
    if (!go_on) return std::nullopt;
  }
  return answer_for_itself(due);
}

// A rule's sentence, or the reaction.
RealtimeModel::Answer RealtimeModel::answer_for_itself(const Due& due) {
  const std::optional<std::size_t> found =
      find_rule(parts_.schedule,
                {.channel = recorded_.channel.name, .response = due.number, .failing_tools = parts_.failing_tools()});
  StandinRequest request{.number = due.number, .settings = due.settings};
  if (found.has_value()) {
    const AnswerRule& rule = parts_.schedule.answers[*found];
    parts_.watch.rule_applied(*found);
    request.what.say = *rule.say;
    request.extra_latency = rule.delay;
  } else {
    request.what = due.improviser.next();
    parts_.watch.stood_in({.channel = recorded_.channel.name,
                           .exchange = due.number,
                           .due = parts_.kernel.now(),
                           .reaction = parts_.reaction,
                           .act = request.what.act});
  }
  const trace::Origin origin = found.has_value() ? trace::Origin::rule : trace::Origin::stub;
  parts_.watch.count_answer(origin);
  return {
      .script = make_standin_response(request), .origin = origin, .identity = fmt::format("made up {}", due.number)};
}

std::vector<std::string> RealtimeModel::unused() const {
  std::vector<std::string> unused;
  for (std::size_t i = 0; i < recorded_.responses.size(); ++i) {
    const RecordedResponse& response = recorded_.responses[i];
    if (!response_is_used_[i])
      unused.push_back(fmt::format("response {} after {}", response.number, response.caused_by));
  }
  return unused;
}

void RealtimeModel::stop() {
  is_over_ = true;
  if (session_ != nullptr) session_->stop();
}

}  // namespace ringback::sim
