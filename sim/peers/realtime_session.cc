#include "sim/peers/realtime_session.h"

#include <algorithm>
#include <utility>

namespace ringback::sim {

using trace::Origin;
using wire::RealtimeFrame;
using wire::RealtimeType;

RealtimeSession::RealtimeSession(RealtimeModel& model)
    : model_(model),
      recorded_(model.recorded_),
      kernel_(model.parts_.kernel),
      lane_(model.parts_.kernel.lane("model")),
      inbox_(model.parts_.kernel, model.parts_.kernel.lane("agent/model-inbox")),
      improviser_(model.parts_.reaction),
      cancel_timer_(model.parts_.kernel),
      turn_timer_(model.parts_.kernel) {
  model_.session_ = this;
  if (recorded_.on_connect.empty()) {
    play({{.after = {}, .frame = wire::session_created(new_id("event"), "{}")}}, Origin::world, 0);
  } else {
    play(recorded_.on_connect, Origin::recorded, 0);
  }
}

RealtimeSession::~RealtimeSession() {
  if (model_.session_ == this) model_.session_ = nullptr;
}

// --- from the agent ---

void RealtimeSession::send(RealtimeFrame frame) {
  if (closed_.has_value() || model_.is_over_) return;
  trace::Event event = trace::make_event({.origin = Origin::agent}, trace::Message{frame.text});
  model_.parts_.link.from_agent(std::move(event), {},
                                [this, frame = std::move(frame)](const trace::Event& delivered, Delivery how) {
                                  if (how == Delivery::altered) {
                                    receive(wire::parse_realtime(trace::body_field(delivered.body, 1)));
                                  } else {
                                    receive(frame);
                                  }
                                });
}

void RealtimeSession::receive(const RealtimeFrame& frame) {
  switch (frame.type) {
    case RealtimeType::input_audio_append:
      receive_audio(frame);
      break;
    case RealtimeType::session_update:
      apply_session(frame.text, settings_);
      if (session_updates_ < recorded_.on_session_update.size() &&
          !recorded_.on_session_update[session_updates_].empty()) {
        play(recorded_.on_session_update[session_updates_], Origin::recorded, 0);
      } else {
        play({{.after = {}, .frame = wire::session_updated(new_id("event"), session_object(frame.text))}},
             Origin::world, 0);
      }
      ++session_updates_;
      break;
    case RealtimeType::item_create:
      receive_item(frame);
      break;
    case RealtimeType::item_truncate:
      receive_truncate(frame);
      break;
    case RealtimeType::input_audio_commit:
      commit_by_hand();
      break;
    case RealtimeType::response_create:
      if (active_.has_value()) {
        send_error("conversation_already_has_active_response",
                   "Conversation already has an active response in progress.");
      } else {
        request_response(true);
      }
      break;
    case RealtimeType::response_cancel:
      if (active_.has_value()) {
        cancel_response("client_cancelled");
      } else {
        send_error("response_cancel_not_active", "Cancellation failed: no active response found.");
      }
      break;
    default:
      break;  // events that change nothing that we model
  }
}

void RealtimeSession::receive_audio(const RealtimeFrame& frame) {
  ++appends_;
  if (!settings_.detects_turns) return;
  if (!recorded_.turns_by_content) {
    turns_by_append_count();
    return;
  }
  if (!detector_.has_value()) detector_.emplace(settings_.input);
  edges_.clear();
  detector_->feed(frame.audio, edges_);
  for (const Edge& edge : edges_) {
    if (edge.speech) {
      speech_began(edge);
    } else {
      speech_ended(edge);
    }
  }
}

void RealtimeSession::receive_item(const RealtimeFrame& frame) {
  if (frame.item_type == "function_call_output") {
    key_.add_output(frame.call_id, frame.output);
    if (open_calls_.erase(frame.call_id) > 0) model_.parts_.floor.pending_closed(Pending::call, kernel_.now());
  } else {
    key_.add_text(frame.role, frame.transcript);
    if (frame.role == "user") improviser_.caller_spoke();
  }
  const std::size_t number = item_creates_++;
  if (number < recorded_.on_item_create.size() && !recorded_.on_item_create[number].empty()) {
    play(recorded_.on_item_create[number], Origin::recorded, 0);
    return;
  }
  const std::string id = frame.item_id.empty() ? new_id("item") : frame.item_id;
  const wire::RealtimeItem item{.id = id,
                                .type = frame.item_type,
                                .role = frame.role,
                                .part_type = frame.item_type == "message" ? "input_text" : "",
                                .transcript = frame.transcript,
                                .call_id = frame.call_id,
                                .output = frame.output};
  play({{.after = {}, .frame = wire::item_added(new_id("event"), "", item)},
        {.after = {}, .frame = wire::item_done(new_id("event"), "", item)}},
       Origin::world, 0);
}

void RealtimeSession::receive_truncate(const RealtimeFrame& frame) {
  const std::size_t number = truncates_++;
  if (number < recorded_.on_truncate.size() && !recorded_.on_truncate[number].empty()) {
    play(recorded_.on_truncate[number], Origin::recorded, 0);
    return;
  }
  play({{.after = {}, .frame = wire::item_truncated(new_id("event"), frame.item_id, frame.audio_end_ms.value_or(0))}},
       Origin::world, 0);
}

// Without voice activity detection the client says where a turn ends.
void RealtimeSession::commit_by_hand() {
  const Hash128 content = hash128(fmt::format("committed after {} appends", appends_));
  turn_to_commit_ = content;
  play({{.after = {}, .frame = wire::committed(new_id("event"), "", new_id("item"))}}, Origin::world, 0);
}

// --- voice activity ---

void RealtimeSession::speech_began(const Edge& edge) {
  for (std::size_t i = 0; i < recorded_.turns.size(); ++i) {
    if (model_.turn_is_used_[i] || recorded_.turns[i].onset_content != edge.content) continue;
    play(recorded_.turns[i].on_onset, Origin::recorded, 0);
    open_turn_item_.clear();
    return;
  }
  open_turn_item_ = new_id("item");
  play({{.after = {}, .frame = wire::speech_started(new_id("event"), open_turn_item_, edge.at.ms())}}, Origin::stub, 0);
}

void RealtimeSession::speech_ended(const Edge& edge) {
  for (std::size_t i = 0; i < recorded_.turns.size(); ++i) {
    if (model_.turn_is_used_[i] || recorded_.turns[i].content != edge.content) continue;
    play_turn_end(i);
    return;
  }
  if (open_turn_item_.empty()) open_turn_item_ = new_id("item");
  turn_to_commit_ = edge.content;
  const wire::RealtimeItem item{.id = open_turn_item_, .role = "user", .part_type = "input_audio"};
  play({{.after = {}, .frame = wire::speech_stopped(new_id("event"), open_turn_item_, edge.at.ms())},
        {.after = {}, .frame = wire::committed(new_id("event"), "", open_turn_item_)},
        {.after = {}, .frame = wire::item_added(new_id("event"), "", item)},
        {.after = {}, .frame = wire::item_done(new_id("event"), "", item)}},
       Origin::stub, 0);
}

void RealtimeSession::turns_by_append_count() {
  while (counted_onsets_ < recorded_.turns.size() && appends_ >= recorded_.turns[counted_onsets_].appends_at_onset) {
    play(recorded_.turns[counted_onsets_++].on_onset, Origin::recorded, 0);
  }
  while (counted_ends_ < counted_onsets_ && appends_ >= recorded_.turns[counted_ends_].appends_at_end) {
    play_turn_end(counted_ends_++);
  }
}

void RealtimeSession::play_turn_end(std::size_t turn) {
  model_.turn_is_used_[turn] = true;
  turn_to_commit_ = recorded_.turns[turn].content;
  play(recorded_.turns[turn].on_end, Origin::recorded, 0);
}

// --- responses ---

void RealtimeSession::request_response(bool by_agent) {
  if (active_.has_value()) {
    response_is_due_ = true;
    return;
  }
  if (by_agent) model_.parts_.floor.pending_opened(Pending::response, kernel_.now());
  begin_response();
  // A response that a turn asks for is owed through the turn; its pending begins with response.created.
  if (active_.has_value()) active_->is_pending = by_agent;
}

void RealtimeSession::begin_response() {
  const std::uint32_t number = ++model_.responses_;
  std::optional<RealtimeModel::Answer> answer =
      model_.answer({.key = key_.value(), .number = number, .settings = settings_, .improviser = improviser_});
  if (!answer.has_value()) return;
  const ConversationKey key_before = key_;
  key_.add_response(answer->identity);
  if (answer->recorded.has_value()) complete_if_not_cancelled(recorded_.responses[*answer->recorded], answer->script);
  active_.emplace();
  active_->number = number;
  active_->recorded = answer->recorded;
  active_->key_before = key_before;
  active_->key_after = key_.value();
  play(std::move(answer->script), answer->origin, number);
  active_->player = &players_.back();
}

// A recorded response that was cancelled ends by itself where nobody cancels it.
void RealtimeSession::complete_if_not_cancelled(const RecordedResponse& response, Script& script) {
  constexpr Duration kMargin = milliseconds(500);
  if (!response.is_cancelled || script.empty()) return;
  const std::string& id = script.front().frame.response_id;
  script.push_back({.after = std::max(script.back().after, response.cancelled_after) + kMargin,
                    .frame = wire::response_done(new_id("event"), id, "completed", "")});
}

void RealtimeSession::cancel_response(const std::string& reason) {
  if (std::exchange(active_->is_cancelled, true)) return;
  const ActiveResponse cancelled = *active_;
  active_->player->stop();
  if (cancelled.response_id.empty()) {  // nothing of it was sent: it never was
    if (cancelled.is_pending) model_.parts_.floor.pending_closed(Pending::response, kernel_.now());
    active_.reset();
    return;
  }
  if (cancelled.recorded.has_value() && !recorded_.responses[*cancelled.recorded].cancel_tail.empty()) {
    play(recorded_.responses[*cancelled.recorded].cancel_tail, Origin::recorded, cancelled.number);
    return;
  }
  play({{.after = {}, .frame = wire::response_done(new_id("event"), cancelled.response_id, "cancelled", reason)}},
       Origin::stub, cancelled.number);
}

// A fault made the response end as failed: the rest is not sent, and the conversation goes on as if it had not begun,
// so that a second attempt is answered as the first would have been.
void RealtimeSession::fail_response(std::uint32_t number) {
  if (!active_.has_value() || active_->number != number) return;
  active_->player->stop();
  if (key_.value() == active_->key_after) key_ = active_->key_before;
  active_.reset();
  if (std::exchange(response_is_due_, false)) request_response(false);
}

// --- to the agent ---

void RealtimeSession::play(Script script, Origin origin, std::uint32_t exchange) {
  players_.remove_if([this](const ScriptPlayer& player) {
    return player.is_finished() && !(active_.has_value() && active_->player == &player);
  });
  players_.emplace_back(kernel_, lane_, std::move(script), kernel_.now(),
                        [this, origin, exchange](const RealtimeFrame& frame) { send_frame(frame, origin, exchange); });
}

void RealtimeSession::send_frame(const RealtimeFrame& frame, Origin origin, std::uint32_t exchange) {
  if (closed_.has_value() || model_.is_over_) return;
  before_sending(frame);
  Link::Detail detail;
  if (active_.has_value() && active_->number == exchange && wire::is_token(frame)) detail.token = ++active_->tokens;
  const bool is_recorded = active_.has_value() && active_->number == exchange && active_->recorded.has_value();
  const std::size_t recorded = is_recorded ? *active_->recorded : 0;
  trace::Event event = trace::make_event({.origin = origin, .exchange = exchange}, trace::Message{frame.text});
  const bool intact =
      model_.parts_.link.to_agent(std::move(event), detail, [this, frame](const trace::Event& delivered, Delivery how) {
        if (closed_.has_value()) return;
        if (how == Delivery::intact) {
          arrived(frame);
          return;
        }
        try {
          const RealtimeFrame made = wire::parse_realtime(trace::body_field(delivered.body, 1));
          const bool ends_early = made.type == RealtimeType::response_done && frame.type != RealtimeType::response_done;
          arrived(made);
          if (ends_early) fail_response(delivered.exchange);
        } catch (const Error&) {
          // What a fault made of it is no frame any more; the agent gets the text as it is.
          RealtimeFrame broken;
          broken.text = Bytes(trace::body_field(delivered.body, 1));
          inbox_.push(std::move(broken));
        }
      });
  if (!intact && is_recorded) model_.response_is_used_[recorded] = false;
  if (frame.type == RealtimeType::response_done && active_.has_value() && active_->number == exchange) {
    active_.reset();
    if (std::exchange(response_is_due_, false)) request_response(false);
  }
}

// What the server knows as soon as it sends.
void RealtimeSession::before_sending(const RealtimeFrame& frame) {
  switch (frame.type) {
    case RealtimeType::response_created:
      if (active_.has_value()) active_->response_id = frame.response_id;
      break;
    case RealtimeType::output_item_done:
      if (frame.item_type == "function_call") improviser_.called(frame.name, frame.arguments);
      break;
    case RealtimeType::speech_started:
      if (active_.has_value() && settings_.interrupts_responses) {
        // After this frame: the cancellation is its consequence.
        cancel_timer_.schedule(kernel_.now(), EventClass::delivery, lane_, [this] {
          if (active_.has_value()) cancel_response("turn_detected");
        });
      }
      break;
    case RealtimeType::input_audio_committed:
      if (turn_to_commit_.has_value()) {
        key_.add_user_turn(*turn_to_commit_);
        improviser_.caller_spoke();
        turn_to_commit_.reset();
        if (settings_.detects_turns && settings_.creates_responses) {
          turn_timer_.schedule(kernel_.now(), EventClass::delivery, lane_, [this] { request_response(false); });
        }
      }
      break;
    default:
      break;
  }
}

// What the caller may rely on once the agent has it.
void RealtimeSession::arrived(const RealtimeFrame& frame) {
  Floor& floor = model_.parts_.floor;
  switch (frame.type) {
    case RealtimeType::response_created:
      if (active_.has_value() && !active_->is_pending) {
        active_->is_pending = true;
        floor.pending_opened(Pending::response, kernel_.now());
      }
      break;
    case RealtimeType::response_done:
      floor.pending_closed(Pending::response, kernel_.now());
      break;
    case RealtimeType::arguments_done:
      if (open_calls_.insert(frame.call_id).second) floor.pending_opened(Pending::call, kernel_.now());
      break;
    default:
      break;
  }
  inbox_.push(frame);
}

void RealtimeSession::send_error(const std::string& code, const std::string& message) {
  play({{.after = {}, .frame = wire::error_event(new_id("event"), "invalid_request_error", code, message)}},
       Origin::world, 0);
}

std::string RealtimeSession::new_id(const char* prefix) {
  return fmt::format("{}_standin_{}", prefix, ++model_.made_up_ids_);
}

// --- the end ---

void RealtimeSession::close_by_agent(std::int64_t code) {
  if (closed_.has_value() || model_.is_over_) return;
  model_.parts_.link.drop_in_flight();
  model_.parts_.link.from_agent(trace::make_event({.origin = Origin::agent}, trace::Closed{.code = code}), {}, {});
  close_by_link(code, "");
}

void RealtimeSession::close_by_link(std::int64_t code, const std::string& reason) {
  if (closed_.has_value()) return;
  closed_ = ModelClosed{.code = code, .reason = reason};
  for (ScriptPlayer& player : players_) player.stop();
  active_.reset();
  open_calls_.clear();
  cancel_timer_.cancel();
  turn_timer_.cancel();
  if (!model_.is_over_) model_.parts_.floor.connection_lost(kernel_.now());
  if (model_.session_ == this) model_.session_ = nullptr;
  inbox_.close();
}

void RealtimeSession::stop() {
  for (ScriptPlayer& player : players_) player.stop();
  cancel_timer_.cancel();
  turn_timer_.cancel();
}

}  // namespace ringback::sim
