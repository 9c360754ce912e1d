#include "tests/planted/voice_desk.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "src/audio/level.h"
#include "tests/planted/model_turn.h"

namespace ringback::planted {
namespace {

constexpr std::string_view kSorry = "Sorry, I could not do that. Somebody will call you back.";
constexpr std::string_view kPardon = "Sorry, could you say that again?";
constexpr std::string_view kLost = "One moment please, the line to our system broke.";
constexpr std::string_view kBooked = "Your appointment is booked.";
constexpr Duration kModelPatience = milliseconds(2500);
constexpr int kReconnects = 3;
constexpr int kResponseRetries = 3;

// One call: its state, and the coroutines that live on it.
class Desk {
 public:
  Desk(VoiceFlaw flaw, AgentWorld& world, std::unique_ptr<ModelConnection> model)
      : flaw_(flaw),
        world_(world),
        model_(std::move(model)),
        keys_complete_(world.kernel),
        model_silence_(world.kernel),
        background_(world.kernel, world.lane),
        work_(world.kernel, world.lane) {}

  Task<void> run() {
    work_.spawn(follow_model());
    for (;;) {
      std::optional<CallerInput> input = co_await world_.caller.inbox().receive();
      if (!input.has_value() || std::holds_alternative<CallerHungUp>(*input)) break;
      hear(*input);
    }
    is_over_ = true;
    model_->close(1000);
    // What runs in the background dies with the call, but for those who mean to be thorough.
    while (has(VoiceFlaw::finishes_retries_after_hang_up) && background_.running() > 0) {
      co_await sleep(world_.kernel, world_.lane, milliseconds(100));
    }
  }

 private:
  bool has(VoiceFlaw flaw) const { return flaw_ == flaw; }
  VirtualTime now() const { return world_.kernel.now(); }

  // --- the caller ---

  void hear(CallerInput& input) {
    if (auto* audio = std::get_if<CallerAudio>(&input)) {
      if (!is_ready_ && has(VoiceFlaw::drops_early_speech)) return;
      listen(audio->samples);
      if (is_ready_) {
        model_->send(wire::append_audio(audio->samples));
      } else {
        early_.push_back(std::move(audio->samples));
      }
    } else if (const auto* key = std::get_if<CallerDigit>(&input)) {
      take_key(key->digit);
    }
  }

  // Our own ear: the model may be slow to tell that the caller speaks, or never do.
  void listen(const Bytes& samples) {
    if (!audio::is_audible(samples, *world_.caller.format())) {
      audible_frames_ = 0;
      if (caller_owed_ && now() - caller_heard_ > milliseconds(700)) {
        caller_owed_ = false;
        expect_model();
      }
      return;
    }
    caller_heard_ = now();
    if (++audible_frames_ < 10) return;
    caller_owed_ = true;
    // Who falls silent once, as the caller begins, has to know what is not to be played any more, and when not to
    // speak.
    const bool falls_silent_once =
        has(VoiceFlaw::plays_on_after_interruption) || has(VoiceFlaw::apologises_over_the_caller);
    const bool was_heard_before = audible_frames_ > 10 && falls_silent_once;
    if (!was_heard_before && !has(VoiceFlaw::trusts_the_server_to_hear)) interrupt();
  }
  bool caller_speaks() const { return caller_heard_ > VirtualTime() && now() - caller_heard_ < milliseconds(500); }

  void take_key(const std::string& digit) {
    interrupt();
    keys_ += digit;
    const bool is_complete = digit == "#";
    if (!is_complete && has(VoiceFlaw::waits_for_the_hash)) return;
    const Duration pause = is_complete ? Duration() : milliseconds(1500);
    keys_complete_.schedule(now() + pause, sim::EventClass::timer, world_.lane, [this] { pass_on_keys(); });
  }

  void pass_on_keys() {
    const std::string said = fmt::format("The caller pressed {} on the keypad.", std::exchange(keys_, {}));
    if (!is_ready_) return things_to_tell_.push_back(said);
    if (response_is_active_) model_->send(wire::response_cancel());
    model_->send(wire::create_user_text(said));
    ask_for_response();
  }

  // --- the model ---

  Task<void> follow_model() {
    expect_model();
    for (;;) {
      std::optional<RealtimeFrame> frame = co_await model_->inbox().receive();
      if (frame.has_value()) {
        handle(*frame);
        continue;
      }
      if (is_over_) break;
      const bool is_back = co_await reconnect();
      if (!is_back) break;
    }
    expect_nothing();
    if (!is_over_ && !has(VoiceFlaw::never_returns_reconnects)) work_.spawn(say_goodbye());
  }

  // Without a model there is nothing more to be done for the caller.
  Task<void> say_goodbye() {
    co_await say_when_quiet(std::string(kSorry));
    co_await sleep(world_.kernel, world_.lane, talks_until_ - now() + milliseconds(500));
    world_.caller.hang_up();
  }

  void handle(const RealtimeFrame& frame) {
    switch (frame.type) {
      case RealtimeType::session_created:
        model_->send(wire::session_update(world_.setup.session));
        break;
      case RealtimeType::session_updated:
        become_ready();
        break;
      case RealtimeType::speech_started:
        hear_from_server();
        break;
      case RealtimeType::speech_stopped:
        expect_model();
        break;
      case RealtimeType::input_transcription_completed:
        things_said_.push_back(frame.transcript);
        break;
      case RealtimeType::response_created:
        response_is_active_ = true;
        response_ = frame.response_id;
        has_answered_ = false;
        expect_model();
        break;
      case RealtimeType::output_audio_delta:
        talk(frame);
        break;
      case RealtimeType::audio_transcript_delta:
        being_said_ += frame.delta;
        break;
      case RealtimeType::audio_transcript_done:
        being_said_.clear();
        things_said_.push_back(frame.transcript);
        break;
      case RealtimeType::output_item_added:
        if (has(VoiceFlaw::names_come_with_the_item)) names_[frame.call_id] = frame.name;
        break;
      case RealtimeType::arguments_done:
        begin_call(frame, has(VoiceFlaw::names_come_with_the_item) ? names_[frame.call_id] : frame.name);
        break;
      case RealtimeType::output_item_done:
        // Where the event before it was lost.
        if (frame.item_type == "function_call" && !has(VoiceFlaw::names_come_with_the_item) &&
            !has(VoiceFlaw::starts_duplicated_calls))
          begin_call(frame, frame.name);
        break;
      case RealtimeType::response_done:
        end_response(frame);
        break;
      default:
        break;
    }
  }

  void become_ready() {
    if (std::exchange(is_ready_, true)) return;
    expect_nothing();
    if (session_ > 0 && !has(VoiceFlaw::forgets_the_conversation)) tell_what_was_said();
    for (const std::string& thing : std::exchange(things_to_tell_, {})) model_->send(wire::create_user_text(thing));
    for (const Bytes& samples : std::exchange(early_, {})) model_->send(wire::append_audio(samples));
    const bool begins = world_.setup.speaks_first && !has_begun_;
    has_begun_ = true;
    if (begins || session_ > 0) ask_for_response();
  }

  void tell_what_was_said() {
    const std::size_t told = std::min<std::size_t>(things_said_.size(), 8);
    for (auto thing = things_said_.end() - static_cast<std::ptrdiff_t>(told); thing != things_said_.end(); ++thing) {
      model_->send(wire::create_user_text(*thing));
    }
  }

  void ask_for_response() {
    response_is_due_ = response_is_active_;
    // Who believes that one is under way counts from its beginning.
    if (!response_is_active_ || !has(VoiceFlaw::keeps_response_flag)) expect_model();
    if (response_is_active_) return;
    response_is_active_ = true;
    model_->send(wire::response_create());
  }

  void end_response(const RealtimeFrame& frame) {
    response_is_active_ = false;
    expect_nothing();
    if (frame.status == "failed") {
      if (has(VoiceFlaw::gives_up_on_rate_limits)) return;
      work_.spawn(ask_again());
      return;
    }
    failures_ = 0;
    if (!has(VoiceFlaw::never_returns_reconnects)) reconnects_left_ = kReconnects;
    const bool is_empty = frame.status == "completed" && !std::exchange(has_answered_, false);
    if (is_empty && calls_running_ == 0 && !has(VoiceFlaw::accepts_empty_answers)) work_.spawn(ask_to_repeat());
    if (std::exchange(response_is_due_, false)) ask_for_response();
  }

  // After a breath: what follows a sentence within a second is heard as the rest of it.
  Task<void> ask_to_repeat() {
    const VirtualTime quiet = std::max(now(), talks_until_) + milliseconds(1200);
    co_await sleep(world_.kernel, world_.lane, quiet - now());
    if (!response_is_active_) co_await say_when_quiet(std::string(kPardon));
  }

  Task<void> ask_again() {
    if (++failures_ > kResponseRetries) {
      say(kSorry);
      co_return;
    }
    co_await sleep(world_.kernel, world_.lane, milliseconds(300) * failures_);
    ask_for_response();
  }

  // --- two who speak ---

  void talk(const RealtimeFrame& frame) {
    if (frame.audio.empty() || frame.response_id == interrupted_) return;
    if (response_is_active_) expect_model();
    has_answered_ = true;
    if (frame.item_id != speaking_item_) {
      item_began_ = std::max(now(), talks_until_);
      item_received_ = Duration();
      speaking_item_ = frame.item_id;
    }
    const Duration length = audio::duration_of(frame.audio.size(), *world_.caller.format());
    // A sentence that ran dry goes on later: its clock stood still meanwhile.
    if (now() > talks_until_) item_began_ = now() - item_received_;
    item_received_ = item_received_ + length;
    talks_until_ = std::max(now(), talks_until_) + length;
    world_.caller.send_audio(frame.audio);
  }

  // The model tells that the caller speaks; old news is no reason to fall silent.
  void hear_from_server() {
    const bool is_late = now() - caller_heard_ > milliseconds(600);
    if (is_late && !has(VoiceFlaw::clears_on_late_news)) return;
    expect_nothing();
    interrupt();
  }

  void interrupt() {
    if (now() >= talks_until_) return;
    world_.caller.clear();
    if (!has(VoiceFlaw::plays_on_after_interruption)) interrupted_ = response_;
    const Duration played =
        has(VoiceFlaw::tells_what_was_received) ? item_received_ : std::max(Duration(), now() - item_began_);
    if (!speaking_item_.empty() && !has(VoiceFlaw::tells_nothing))
      model_->send(wire::truncate(speaking_item_, std::min(played, item_received_).ms()));
    talks_until_ = now();
  }

  void say(std::string_view text) { work_.spawn(say_when_quiet(std::string(text))); }

  // Once is enough where it is still being said.
  void say_lost() {
    if (talks_until_ < now() + seconds(1)) say(kLost);
  }

  Task<void> say_when_quiet(std::string text) {
    while (caller_speaks() && !has(VoiceFlaw::apologises_over_the_caller)) {
      co_await sleep(world_.kernel, world_.lane, milliseconds(100));
    }
    const Bytes sound = audio::tone_speech(text, *world_.caller.format());
    things_said_.push_back(text);
    world_.caller.send_transcript(text);
    world_.caller.send_audio(sound);
    if (!has(VoiceFlaw::keeps_item_ids)) speaking_item_.clear();
    talks_until_ = std::max(now(), talks_until_) + audio::duration_of(sound.size(), *world_.caller.format());
  }

  // --- calls ---

  void begin_call(const RealtimeFrame& frame, const std::string& name) {
    if (name.empty()) return;
    if (!started_.insert(frame.call_id).second && !has(VoiceFlaw::starts_duplicated_calls)) return;
    has_answered_ = true;
    expect_nothing();
    ++calls_running_;
    work_.spawn(serve(frame.call_id, name, frame.arguments));
  }

  Task<void> serve(std::string call_id, std::string name, Bytes arguments) {
    const int session = session_;
    if (!is_known(name)) {
      if (has(VoiceFlaw::ignores_unknown_functions)) co_return;
      finish(session, call_id, R"({"error":"there is no such function"})");
      co_return;
    }
    if (has(VoiceFlaw::parses_arguments_unchecked)) {
      boost::json::parse(std::string_view(arguments));
    } else if (!wire::try_canonical_json(arguments).has_value()) {
      finish(session, call_id, R"({"error":"the arguments are no JSON"})");
      co_return;
    }
    if (name == "log_note") {
      background_.spawn(call_in_background(world_, name, arguments));
      finish(session, call_id, R"({"queued":true})");
      co_return;
    }
    const bool is_booking = name == "book";
    const auto known = bookings_.find(arguments);
    if (is_booking && known != bookings_.end() && !has(VoiceFlaw::books_again_when_asked_again)) {
      finish(session, call_id, known->second);
      co_return;
    }
    if (is_booking) bookings_[arguments] = R"({"error":"it is not known whether it was booked"})";
    ToolCare care = care_of(is_booking);
    std::optional<Bytes> good = co_await call_with_care(world_, care, name, arguments);
    if (is_booking && has(VoiceFlaw::claims_success_whatever_came)) say(kBooked);
    if (!good.has_value()) {
      if (has(VoiceFlaw::gives_up_in_silence)) co_return;
      fail_aloud(session, call_id);
      co_return;
    }
    if (is_booking) bookings_[arguments] = *good;
    if (is_booking && !has(VoiceFlaw::claims_success_whatever_came)) say(kBooked);
    note_result(*good);
    if (has(VoiceFlaw::drops_long_answers) && good->size() > 65'536) co_return;
    if (has(VoiceFlaw::holds_result_for_next_turn) && caller_speaks()) {
      const VirtualTime since = now();
      while (caller_speaks() || caller_heard_ < since + seconds(1)) {
        co_await sleep(world_.kernel, world_.lane, milliseconds(100));
      }
    }
    finish(session, call_id, *good);
  }

  static bool is_known(const std::string& name) {
    return name == "lookup" || name == "book" || name == "log_note" || name == "weather";
  }

  ToolCare care_of(bool is_booking) {
    ToolCare care;
    care.is_repeatable = !is_booking || has(VoiceFlaw::retries_bookings);
    if (has(VoiceFlaw::retries_without_end)) care.retries = 1000, care.backoff = Duration();
    if (has(VoiceFlaw::backs_off_without_cap)) {
      care.retries = 6, care.backoff = milliseconds(500), care.backoff_max = seconds(3600),
      care.deadline = seconds(3600);
    }
    if (has(VoiceFlaw::waits_without_limit)) care.deadline = care.attempt_limit = seconds(3600);
    if (has(VoiceFlaw::checks_deadline_between_attempts)) {
      care.attempt_limit = seconds(3600), care.cuts_at_deadline = false;
    }
    if (has(VoiceFlaw::treats_lost_reply_as_pending)) {
      care.notices_failures = false, care.deadline = care.attempt_limit = seconds(3600);
    }
    return care;
  }

  // The desk remembers the patient's number.
  void note_result(const Bytes& body) {
    if (!has(VoiceFlaw::reads_fields_unchecked)) {
      boost::json::error_code broken;
      const boost::json::value value = boost::json::parse(std::string_view(body), broken);
      const auto* object = broken ? nullptr : value.if_object();
      const auto* id = object == nullptr ? nullptr : object->if_contains("id");
      if (id != nullptr && id->is_string()) patient_ = std::string(id->as_string());
      return;
    }
    patient_ = std::string(boost::json::parse(std::string_view(body)).as_object().at("id").as_string());
  }

  void finish(int session, const std::string& call_id, BytesView output) {
    --calls_running_;
    if (session != session_) return;  // who asked is gone
    model_->send(wire::create_function_output(call_id, output));
    if (calls_running_ > 0) return;
    if (response_is_active_ && has(VoiceFlaw::forgets_the_answer_that_is_due)) return;
    ask_for_response();
  }

  void fail_aloud(int session, const std::string& call_id) {
    --calls_running_;
    say(kSorry);
    if (session == session_)
      model_->send(wire::create_function_output(call_id, R"({"error":"it failed, and I said so"})"));
  }

  // --- a model that fails ---

  void expect_model() {
    if (has(VoiceFlaw::believes_in_the_socket)) return;
    model_silence_.schedule(now() + kModelPatience, sim::EventClass::timer, world_.lane, [this] { miss_model(); });
  }
  void expect_nothing() { model_silence_.cancel(); }
  void miss_model() {
    if (caller_speaks()) return expect_model();
    model_->close(1000);
  }

  Task<bool> reconnect() {
    forget_session();
    say_lost();
    Duration backoff = milliseconds(200);
    while (reconnects_left_ > 0) {
      --reconnects_left_;
      Task<std::unique_ptr<ModelConnection>> asked = world_.models.connect();
      std::optional<std::unique_ptr<ModelConnection>> opened =
          co_await with_timeout(world_.kernel, world_.lane, kModelPatience, std::move(asked));
      if (opened.has_value() && *opened != nullptr) {
        model_ = std::move(*opened);
        expect_model();
        co_return true;
      }
      say_lost();
      co_await sleep(world_.kernel, world_.lane, backoff);
      backoff = backoff * 2;
    }
    co_return false;
  }

  void forget_session() {
    ++session_;
    is_ready_ = false;
    expect_nothing();
    if (!has(VoiceFlaw::keeps_response_flag)) response_is_active_ = response_is_due_ = false;
    if (!has(VoiceFlaw::keeps_item_ids)) speaking_item_.clear();
    if (!being_said_.empty()) things_said_.push_back(std::exchange(being_said_, {}));
  }

  const VoiceFlaw flaw_;
  AgentWorld& world_;
  std::unique_ptr<ModelConnection> model_;
  bool is_over_ = false;

  bool is_ready_ = false;
  bool has_begun_ = false;
  std::vector<Bytes> early_;
  int audible_frames_ = 0;  // in a row
  VirtualTime caller_heard_;
  bool caller_owed_ = false;
  std::string keys_;
  ScopedTimer keys_complete_;

  bool response_is_active_ = false;
  bool response_is_due_ = false;
  bool has_answered_ = false;
  std::string response_;
  std::string interrupted_;  // the response that is not to be heard any more
  std::string speaking_item_;
  VirtualTime item_began_;
  Duration item_received_;
  VirtualTime talks_until_;

  std::set<std::string> started_;
  std::map<std::string, std::string> names_;
  std::map<Bytes, Bytes> bookings_;
  std::string patient_;
  int calls_running_ = 0;

  int session_ = 0;
  int reconnects_left_ = kReconnects;
  int failures_ = 0;
  std::string being_said_;
  std::vector<std::string> things_said_;
  std::vector<std::string> things_to_tell_;
  ScopedTimer model_silence_;
  Scope background_;
  Scope work_;  // last: its tasks use all of the above
};

}  // namespace

Task<void> VoiceDesk::run(AgentWorld& world) {
  std::unique_ptr<ModelConnection> model;
  for (int attempt = 0; model == nullptr && attempt <= kReconnects; ++attempt) {
    if (attempt > 0) {
      world.caller.send_audio(audio::tone_speech(kLost, *world.caller.format()));
      co_await sleep(world.kernel, world.lane, milliseconds(200));
    }
    Task<std::unique_ptr<ModelConnection>> asked = world.models.connect();
    std::optional<std::unique_ptr<ModelConnection>> opened =
        co_await with_timeout(world.kernel, world.lane, kModelPatience, std::move(asked));
    if (opened.has_value()) model = std::move(*opened);
  }
  if (model == nullptr) {
    world.caller.hang_up();
    co_return;
  }
  Desk desk(flaw_, world, std::move(model));
  co_await desk.run();
}

}  // namespace ringback::planted
