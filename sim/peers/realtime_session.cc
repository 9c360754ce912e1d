#include "sim/peers/realtime_session.h"

#include <algorithm>
#include <utility>

#include "src/audio/contour.h"
#include "src/audio/rate.h"

namespace ringback::sim {

using trace::Origin;
using wire::RealtimeFrame;
using wire::RealtimeType;

// Close code of a session that lasted as long as it may.
constexpr std::int64_t kExpiredCode = 1001;

namespace {

RecordedSession script_for(const RecordedModel& recorded, std::size_t number) {
  if (number < recorded.sessions.size()) return recorded.sessions[number];
  const RecordedSession& first = recorded.sessions.front();
  return {.on_connect = first.on_connect, .on_session_update = first.on_session_update};
}

}  // namespace

RealtimeSession::RealtimeSession(RealtimeModel& model)
    : model_(model),
      recorded_(model.recorded_),
      number_(model.sessions_++),
      script_(script_for(recorded_, number_)),
      detector_fit_(recorded_.detector.value_or(DetectorFit())),
      kernel_(model.parts_.kernel),
      lane_(model.parts_.kernel.lane("model")),
      inbox_(model.parts_.kernel, model.parts_.kernel.lane("agent/model-inbox")),
      improviser_(model.parts_.reaction),
      cancel_timer_(model.parts_.kernel),
      end_timer_(model.parts_.kernel),
      turn_timer_(model.parts_.kernel) {
  model_.session_ = this;
  if (script_.on_connect.empty()) {
    play({made_up_frame(Duration(), wire::session_created(new_id("event"), "{}"))}, Origin::world, 0);
  } else {
    play(script_.on_connect, Origin::recorded, 0);
  }
  const std::optional<Duration>& length_max = recorded_.session_length_max;
  if (script_.ending.has_value() && (!length_max.has_value() || script_.ending->after < *length_max)) {
    end_timer_.schedule(kernel_.now() + script_.ending->after, EventClass::delivery, lane_,
                        [this] { close_by_server(script_.ending->code, script_.ending->reason); });
  } else if (length_max.has_value()) {
    end_timer_.schedule(kernel_.now() + *length_max, EventClass::delivery, lane_, [this] { expire(); });
  }
}

RealtimeSession::~RealtimeSession() {
  model_.parts_.link.set_on_begun(nullptr);
  if (model_.session_ == this) model_.session_ = nullptr;
}

void RealtimeSession::set_on_begun(MessageBegun on_begun) {
  model_.parts_.link.set_on_begun([this, on_begun](const trace::Event& event, Duration spread) {
    if (!closed_.has_value() && event.kind == trace::EventKind::message)
      on_begun(trace::body_field(event.body, 1), spread);
  });
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
      update_session(frame);
      break;
    case RealtimeType::item_create:
      receive_item(frame);
      break;
    case RealtimeType::item_truncate:
      receive_truncate(frame);
      break;
    case RealtimeType::item_delete:
      receive_delete(frame);
      break;
    case RealtimeType::item_retrieve:
      receive_retrieve(frame);
      break;
    case RealtimeType::input_audio_commit:
      commit_by_hand(frame);
      break;
    case RealtimeType::input_audio_clear:
      clear_audio();
      break;
    case RealtimeType::response_create:
      create_response(frame);
      break;
    case RealtimeType::response_cancel:
      receive_cancel(frame);
      break;
    default:
      break;  // events that change nothing that we model
  }
}

void RealtimeSession::receive_audio(const RealtimeFrame& frame) {
  ++appends_;
  if (!settings_.detects_turns) {
    sound_.feed(frame.audio, settings_.input);
    return;
  }
  if (!recorded_.turns_by_content) {
    turns_by_append_count();
    return;
  }
  if (!detector_.has_value()) detector_.emplace(settings_.input, detector_fit_.options);
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

void RealtimeSession::acknowledge(const std::vector<Script>& recorded, std::size_t& number,
                                  const std::function<RealtimeFrame()>& otherwise) {
  const std::size_t next = number++;
  if (next < recorded.size() && !recorded[next].empty()) {
    play(recorded[next], Origin::recorded, 0);
  } else {
    play({made_up_frame(Duration(), otherwise())}, Origin::world, 0);
  }
}

void RealtimeSession::update_session(const RealtimeFrame& frame) {
  apply_session(frame.text, settings_);
  if (settings_.input == recorded_.settings.input && settings_.output == recorded_.settings.output) {
    acknowledge(script_.on_session_update, session_updates_,
                [&] { return wire::session_updated(new_id("event"), session_object(frame.text)); });
    return;
  }
  // What the recording acknowledged are other formats.
  const std::size_t number = session_updates_++;
  const std::vector<Script>& recorded = script_.on_session_update;
  const bool is_known = number < recorded.size() && !recorded[number].empty();
  play({made_up_frame(is_known ? recorded[number].front().after : Duration(),
                      wire::session_updated(new_id("event"), session_in_effect(frame.text, settings_)))},
       Origin::world, 0);
}

void RealtimeSession::receive_item(const RealtimeFrame& frame) {
  const bool closes_call = frame.item_type == "function_call_output" && open_calls_.erase(frame.call_id) > 0;
  if (closes_call) model_.parts_.floor.pending_closed(Pending::call, kernel_.now());
  if (const std::optional<Refusal> refused = conversation_.refuse_create(frame)) {
    send_error(*refused, frame);
    return;
  }
  if (frame.item_type == "function_call_output") {
    key_.add_output(frame.call_id, frame.output);
  } else {
    key_.add_text(frame.role, frame.transcript);
    if (frame.role == "user") improviser_.caller_spoke();
  }
  conversation_.accept(frame);
  const std::size_t number = item_creates_++;
  Duration added_after;
  Duration done_after;
  if (number < script_.on_item_create.size() && !script_.on_item_create[number].empty()) {
    const Script& recorded = script_.on_item_create[number];
    // An id that the agent chose itself is kept; the recording's stands where the server chooses.
    if (frame.item_id.empty() || frame.item_id == model_.frames_.read(recorded.front()).item_id) {
      play(recorded, Origin::recorded, 0);
      return;
    }
    added_after = recorded.front().after;
    done_after = recorded.back().after;
  }
  const std::string id = frame.item_id.empty() ? new_id("item") : frame.item_id;
  const wire::RealtimeItem item{.id = id,
                                .type = frame.item_type,
                                .role = frame.role,
                                .part_type = frame.item_type == "message" ? "input_text" : "",
                                .transcript = frame.transcript,
                                .name = frame.name,
                                .call_id = frame.call_id,
                                .arguments = frame.arguments,
                                .output = frame.output};
  const std::string previous = frame.previous_item_id == "root" ? "" : frame.previous_item_id;
  play({made_up_frame(added_after, wire::item_added(new_id("event"), previous, item)),
        made_up_frame(done_after, wire::item_done(new_id("event"), previous, item))},
       Origin::world, 0);
}

void RealtimeSession::receive_truncate(const RealtimeFrame& frame) {
  if (const std::optional<Refusal> refused = conversation_.refuse_truncate(frame, recorded_.spoken_length)) {
    send_error(*refused, frame);
    return;
  }
  acknowledge(script_.on_item_truncate, item_truncates_,
              [&] { return wire::item_truncated(new_id("event"), frame.item_id, frame.audio_end_ms.value_or(0)); });
}

void RealtimeSession::receive_delete(const RealtimeFrame& frame) {
  if (const std::optional<Refusal> refused = conversation_.refuse_delete(frame.item_id)) {
    send_error(*refused, frame);
    return;
  }
  key_.add_deletion(conversation_.position_of(frame.item_id).value_or(0));
  acknowledge(script_.on_item_delete, item_deletes_,
              [&] { return wire::item_deleted(new_id("event"), frame.item_id); });
}

void RealtimeSession::receive_retrieve(const RealtimeFrame& frame) {
  if (const std::optional<Refusal> refused = conversation_.refuse_retrieve(frame.item_id)) {
    send_error(*refused, frame);
    return;
  }
  const Conversation::Item& item = *conversation_.find(frame.item_id);
  const bool is_message = item.type == "message";
  const std::string_view part = !is_message                ? ""
                                : item.role != "assistant" ? "input_text"
                                : item.spoken > Duration() ? "output_audio"
                                                           : "output_text";
  acknowledge(script_.on_item_retrieve, item_retrieves_, [&] {
    return wire::item_retrieved(new_id("event"), {.id = item.id,
                                                  .type = item.type,
                                                  .role = item.role,
                                                  .part_type = part,
                                                  .transcript = item.transcript,
                                                  .name = item.name,
                                                  .call_id = item.call_id,
                                                  .arguments = item.arguments,
                                                  .output = item.output});
  });
}

void RealtimeSession::clear_audio() {
  sound_.clear();
  acknowledge(script_.on_clear, clears_, [&] { return wire::audio_cleared(new_id("event")); });
}

// Without voice activity detection the client says where a turn ends.
void RealtimeSession::commit_by_hand(const RealtimeFrame& frame) {
  if (!settings_.detects_turns && sound_.buffered() < kCommitMin && recorded_.spoken_length == SpokenLength::known) {
    send_error({"input_audio_buffer_commit_empty",
                fmt::format("Error committing input audio buffer: buffer too small. Expected at least {}ms of audio, "
                            "but buffer only has {}.00ms of audio.",
                            kCommitMin.ms(), sound_.buffered().ms())},
               frame);
    return;
  }
  // At once: a response that is asked for before the acknowledgement has come is about this turn too.
  key_.add_user_turn(recorded_.spoken_length == SpokenLength::known ? sound_.content()
                                                                    : content_of_turn_number(commits_));
  improviser_.caller_spoke();
  sound_.clear();
  const std::size_t number = commits_++;
  if (number < script_.on_commit.size() && !script_.on_commit[number].empty()) {
    play(script_.on_commit[number], Origin::recorded, 0);
    return;
  }
  const std::string id = new_id("item");
  const wire::RealtimeItem item{.id = id, .role = "user", .part_type = "input_audio"};
  play({made_up_frame(Duration(), wire::committed(new_id("event"), conversation_.previous_of(id), id)),
        made_up_frame(Duration(), wire::item_added(new_id("event"), conversation_.previous_of(id), item)),
        made_up_frame(Duration(), wire::item_done(new_id("event"), conversation_.previous_of(id), item))},
       Origin::world, 0);
}

// --- voice activity ---

// Frame for frame where the sound has the recording's format. In another one somebody has resampled it: then by how
// loud it is.
bool RealtimeSession::begins_like(const RecordedTurn& turn, const Edge& edge) const {
  if (settings_.input == recorded_.settings.input) return turn.onset_content == edge.content;
  return audio::begins_alike(edge.contour, turn.contour, audio::kBeginTolerance);
}

bool RealtimeSession::is_like(const RecordedTurn& turn, const Edge& edge) const {
  if (settings_.input == recorded_.settings.input) return turn.content == edge.content;
  return audio::sounds_alike(edge.contour, turn.contour, audio::kWholeTolerance);
}

void RealtimeSession::speech_began(const Edge& edge) {
  for (std::size_t i = 0; i < recorded_.turns.size(); ++i) {
    if (model_.turn_is_used_[i] || !begins_like(recorded_.turns[i], edge)) continue;
    play(recorded_.turns[i].on_onset, Origin::recorded, 0);
    open_turn_item_.clear();
    return;
  }
  open_turn_item_ = new_id("item");
  play({made_up_frame(detector_fit_.onset_lag, wire::speech_started(new_id("event"), open_turn_item_, edge.at.ms()))},
       Origin::stub, 0);
}

void RealtimeSession::speech_ended(const Edge& edge) {
  for (std::size_t i = 0; i < recorded_.turns.size(); ++i) {
    if (model_.turn_is_used_[i] || !is_like(recorded_.turns[i], edge)) continue;
    play_turn_end(i);
    return;
  }
  if (open_turn_item_.empty()) open_turn_item_ = new_id("item");
  turn_to_commit_ = edge.content;
  const wire::RealtimeItem item{.id = open_turn_item_, .role = "user", .part_type = "input_audio"};
  const Duration lag = detector_fit_.end_lag;
  play({made_up_frame(lag, wire::speech_stopped(new_id("event"), open_turn_item_, edge.at.ms())),
        made_up_frame(lag, wire::committed(new_id("event"), "", open_turn_item_)),
        made_up_frame(lag, wire::item_added(new_id("event"), "", item)),
        made_up_frame(lag, wire::item_done(new_id("event"), "", item))},
       Origin::stub, 0);
}

void RealtimeSession::turns_by_append_count() {
  const auto skip = [&](std::size_t& turn) {
    while (turn < recorded_.turns.size() && recorded_.turns[turn].session < number_) ++turn;
  };
  skip(counted_onsets_);
  skip(counted_ends_);
  while (counted_onsets_ < recorded_.turns.size() && recorded_.turns[counted_onsets_].session == number_ &&
         appends_ >= recorded_.turns[counted_onsets_].appends_at_onset) {
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

void RealtimeSession::create_response(const RealtimeFrame& frame) {
  if (active_.has_value()) {
    send_error({"conversation_already_has_active_response", "Conversation already has an active response in progress."},
               frame);
    return;
  }
  const std::optional<Bytes> input_beside = input_beside_conversation(frame.text);
  if (!input_beside.has_value()) {
    request_response(true);
    return;
  }
  begin_response(input_beside);
  if (active_.has_value()) active_->in_conversation = false;
}

void RealtimeSession::receive_cancel(const RealtimeFrame& frame) {
  const bool is_meant = active_.has_value() && (frame.response_id.empty() || frame.response_id == active_->response_id);
  if (is_meant) {
    cancel_response("client_cancelled");
  } else {
    send_error({"response_cancel_not_active", "Cancellation failed: no active response found."}, frame);
  }
}

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

void RealtimeSession::begin_response(const std::optional<Bytes>& input_beside) {
  const std::uint32_t number = ++model_.responses_;
  const Hash128 key = input_beside.has_value() ? key_.value_beside(*input_beside) : key_.value();
  std::optional<RealtimeModel::Answer> answer =
      model_.answer({.key = key, .number = number, .settings = settings_, .improviser = improviser_});
  if (!answer.has_value()) return;
  const ConversationKey key_before = key_;
  if (!input_beside.has_value()) key_.add_response(answer->identity);
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
  const std::string id = model_.frames_.read(script.front()).response_id;
  script.push_back(made_up_frame(std::max(script.back().after, response.cancelled_after) + kMargin,
                                 wire::response_done(new_id("event"), id, "completed", "")));
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
  play({made_up_frame(Duration(), wire::response_done(new_id("event"), cancelled.response_id, "cancelled", reason))},
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

// A frame of a script, with recorded sound in the format that the session had asked for when the script began.
RealtimeFrame RealtimeSession::frame_of(const TimedFrame& timed, const audio::Format& format) {
  RealtimeFrame frame = model_.frames_.read(timed);
  const audio::Format& recorded = recorded_.settings.output;
  if (timed.made_up != nullptr || format == recorded || frame.type != RealtimeType::output_audio_delta) return frame;
  return wire::with_audio(frame, audio::converted(frame.audio, recorded, format));
}

void RealtimeSession::play(Script script, Origin origin, std::uint32_t exchange) {
  players_.remove_if([this](const ScriptPlayer& player) {
    return player.is_finished() && !(active_.has_value() && active_->player == &player);
  });
  players_.emplace_back(kernel_, lane_, std::move(script), kernel_.now(),
                        [this, origin, exchange, format = settings_.output](const TimedFrame& timed) {
                          send_frame(frame_of(timed, format), origin, exchange);
                        });
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
  conversation_.note(frame, settings_.output);
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
      if (active_.has_value() && active_->in_conversation && !active_->is_pending) {
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

void RealtimeSession::send_error(const Refusal& refusal, const RealtimeFrame& about) {
  play({made_up_frame(Duration(), wire::error_event(new_id("event"), "invalid_request_error", refusal.code,
                                                    refusal.message, about.event_id))},
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

void RealtimeSession::expire() {
  const std::string message = fmt::format("Your session hit the maximum duration of {} minutes.",
                                          recorded_.session_length_max->ns() / seconds(60).ns());
  send_frame(wire::error_event(new_id("event"), "invalid_request_error", "session_expired", message), Origin::world, 0);
  close_by_server(kExpiredCode, message);
}

// The frame that says so comes behind all that was sent before.
void RealtimeSession::close_by_server(std::int64_t code, const std::string& reason) {
  if (closed_.has_value() || model_.is_over_) return;
  for (ScriptPlayer& player : players_) player.stop();
  model_.parts_.link.to_agent(
      trace::make_event({.origin = Origin::world}, trace::Closed{.code = code, .reason = reason}), {},
      [this](const trace::Event& event, Delivery) {
        const auto closed = trace::body_of<trace::Closed>(event);
        close_by_link(closed.code, std::string(closed.reason));
      });
}

void RealtimeSession::close_by_link(std::int64_t code, const std::string& reason) {
  if (closed_.has_value()) return;
  closed_ = ModelClosed{.code = code, .reason = reason};
  for (ScriptPlayer& player : players_) player.stop();
  active_.reset();
  open_calls_.clear();
  cancel_timer_.cancel();
  end_timer_.cancel();
  turn_timer_.cancel();
  if (!model_.is_over_) model_.parts_.floor.connection_lost(kernel_.now());
  if (model_.session_ == this) model_.session_ = nullptr;
  inbox_.close();
}

void RealtimeSession::stop() {
  for (ScriptPlayer& player : players_) player.stop();
  cancel_timer_.cancel();
  end_timer_.cancel();
  turn_timer_.cancel();
}

}  // namespace ringback::sim
