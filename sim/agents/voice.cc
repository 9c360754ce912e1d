#include "sim/agents/voice.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "src/audio/level.h"
#include "src/audio/tone.h"

namespace ringback::sim {
namespace {

using wire::RealtimeFrame;
using wire::RealtimeType;

struct FunctionCall {
  std::string call_id;
  std::string name;
  Bytes arguments;
};

// One call: its state, and the coroutines that live on it.
class VoiceCall {
 public:
  VoiceCall(const VoiceOptions& options, AgentWorld& world, std::unique_ptr<ModelConnection> model)
      : options_(options),
        world_(world),
        model_(std::move(model)),
        keys_complete_(world.kernel),
        retries_left_(options.retries),
        model_silence_(world.kernel),
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
  }

 private:
  void hear(CallerInput& input) {
    if (auto* audio = std::get_if<CallerAudio>(&input)) {
      if (is_ready_) model_->send(wire::append_audio(audio->samples));
      listen(audio->samples);
    } else if (auto* typed = std::get_if<CallerText>(&input)) {
      if (!is_ready_) {
        typed_early_.push_back(typed->text);
      } else {
        send_typed(typed->text);
      }
    } else if (const auto* key = std::get_if<CallerDigit>(&input)) {
      take_key(key->digit);
    }
  }

  // Keys are collected until # or a pause, and told to the model as one line.
  void take_key(const std::string& digit) {
    if (keys_.empty()) stop_talking();
    keys_ += digit;
    const bool is_complete = digit == "#" || keys_.size() >= kVoiceKeysMax;
    const Duration pause = is_complete ? Duration() : kVoiceKeyPause;
    keys_complete_.schedule(world_.kernel.now() + pause, EventClass::timer, world_.lane, [this] { pass_on_keys(); });
  }

  void pass_on_keys() {
    std::string keys = std::exchange(keys_, {});
    if (keys.size() > 1 && keys.back() == '#') keys.pop_back();
    const std::string said = fmt::format("The caller pressed {} on the keypad.", keys);
    if (!is_ready_) {
      typed_early_.push_back(said);
      return;
    }
    if (response_is_active_) model_->send(wire::response_cancel());
    send_typed(said);
  }

  void send_typed(const std::string& text) {
    model_->send(wire::create_user_text(text));
    ask_for_response();
  }

  Task<void> follow_model() {
    for (;;) {
      std::optional<RealtimeFrame> frame = co_await model_->inbox().receive();
      if (frame.has_value()) {
        watch(*frame);
        handle(*frame);
        continue;
      }
      if (is_over_ || !watches()) break;
      const bool is_back = co_await reconnect();
      if (!is_back) break;
    }
  }

  void handle(const RealtimeFrame& frame) {
    switch (frame.type) {
      case RealtimeType::session_created:
        if (world_.setup.session.empty()) {
          become_ready();
        } else {
          model_->send(wire::session_update(world_.setup.session));
        }
        break;
      case RealtimeType::session_updated:
        become_ready();
        break;
      case RealtimeType::speech_started:
        stop_talking();
        break;
      case RealtimeType::response_created:
        response_is_active_ = true;
        break;
      case RealtimeType::output_audio_delta:
        talk(frame);
        break;
      case RealtimeType::output_text_done:
        world_.caller.send_text(frame.transcript);
        break;
      case RealtimeType::arguments_done:
        begin_call(frame);
        break;
      case RealtimeType::output_item_done:
        remember_name(frame);
        break;
      case RealtimeType::response_done:
        response_is_active_ = false;
        if (response_is_due_) ask_for_response();
        break;
      default:
        break;
    }
  }

  void become_ready() {
    if (std::exchange(is_ready_, true)) return;
    for (const std::string& thing : things_to_tell_) model_->send(wire::create_user_text(thing));
    things_to_tell_.clear();
    if (world_.setup.speaks_first && !has_spoken_) ask_for_response();
    for (const std::string& text : std::exchange(typed_early_, {})) send_typed(text);
  }

  void ask_for_response() {
    response_is_due_ = response_is_active_;
    if (response_is_active_) return;
    response_is_active_ = true;
    model_->send(wire::response_create());
    expect_model();
  }

  // --- speech ---

  void talk(const RealtimeFrame& frame) {
    const std::optional<audio::Format> format = world_.caller.format();
    if (!format.has_value() || frame.audio.empty()) return;
    const VirtualTime now = world_.kernel.now();
    if (frame.item_id != speaking_item_ || now >= talks_until_) {
      if (frame.item_id != speaking_item_) item_began_ = std::max(now, talks_until_);
      speaking_item_ = frame.item_id;
    }
    talks_until_ = std::max(now, talks_until_) + audio::duration_of(frame.audio.size(), *format);
    has_spoken_ = true;
    world_.caller.send_audio(frame.audio);
  }

  // The caller interrupts: what was not played is dropped, and the model is told how far it came. As in production, the
  // agent knows its own clock only, not the ear's.
  void stop_talking() {
    const VirtualTime now = world_.kernel.now();
    if (now >= talks_until_) return;
    world_.caller.clear();
    const Duration played = now > item_began_ ? now - item_began_ : Duration();
    if (!speaking_item_.empty()) model_->send(wire::truncate(speaking_item_, played.ms()));
    talks_until_ = now;
  }

  // --- tools ---

  // The function's name comes with the arguments, or where a model leaves it out, with the finished item.
  void begin_call(const RealtimeFrame& frame) {
    const FunctionCall call{.call_id = frame.call_id, .name = frame.name, .arguments = frame.arguments};
    if (call.name.empty()) {
      nameless_.push_back(call);
    } else {
      start(call);
    }
  }

  void remember_name(const RealtimeFrame& frame) {
    if (frame.item_type != "function_call") return;
    const auto found = std::find_if(nameless_.begin(), nameless_.end(),
                                    [&](const FunctionCall& call) { return call.call_id == frame.call_id; });
    if (found == nameless_.end()) return;
    FunctionCall call = *found;
    nameless_.erase(found);
    call.name = frame.name;
    start(call);
  }

  void start(const FunctionCall& call) {
    if (!started_.insert(call.call_id).second) return;  // the same call again, from a duplicated event
    ++calls_running_;
    if (!hand_over(call)) work_.spawn(serve(call));
  }

  // Inside the agent: no tool is called.
  bool hand_over(const FunctionCall& call) {
    const auto found = world_.setup.hand_overs.find(call.name);
    if (found == world_.setup.hand_overs.end()) return false;
    model_->send(wire::create_function_output(call.call_id, found->second.output));
    model_->send(wire::session_update(found->second.session));
    --calls_running_;
    if (calls_running_ == 0) ask_for_response();
    return true;
  }

  Task<void> serve(FunctionCall call) {
    const std::uint32_t session = session_;
    std::uint32_t* budget = options_.shares_budget ? &retries_left_ : nullptr;
    std::optional<ToolReply> good = co_await call_tool(world_, options_, call.name, call.arguments, budget);
    if (session != session_) co_return;  // who asked is gone
    if (good.has_value()) {
      finish(call, good->body);
    } else if (options_.speaks_fallback) {
      give_up_aloud(call);
    }
  }

  void finish(const FunctionCall& call, const Bytes& output) {
    model_->send(wire::create_function_output(call.call_id, output));
    --calls_running_;
    if (calls_running_ == 0) ask_for_response();
  }

  // The output first: from then on nothing is pending but the sentence.
  void give_up_aloud(const FunctionCall& call) {
    constexpr BytesView kOutput = R"({"error":"the tool cannot be reached; the caller was told"})";
    model_->send(wire::create_function_output(call.call_id, kOutput));
    --calls_running_;
    say(kVoiceFallback);
  }

  void say(std::string_view text) {
    const std::optional<audio::Format> format = world_.caller.format();
    if (!format.has_value()) {
      world_.caller.send_text(std::string(text));
      return;
    }
    const Bytes sound = audio::tone_speech(text, *format);
    world_.caller.send_transcript(std::string(text));
    world_.caller.send_audio(sound);
    talks_until_ = std::max(world_.kernel.now(), talks_until_) + audio::duration_of(sound.size(), *format);
  }

  // --- a model that fails ---

  bool watches() const { return options_.model != ModelCare::trusted; }

  // From now on the model owes something.
  void expect_model() {
    if (!watches() || is_expecting_) return;
    is_expecting_ = true;
    wait_for_model(kVoiceModelPatience);
  }
  void wait_for_model(Duration patience) {
    model_silence_.schedule(world_.kernel.now() + patience, EventClass::timer, world_.lane, [this] { miss_model(); });
  }
  void expect_nothing() {
    is_expecting_ = false;
    model_silence_.cancel();
  }

  // A caller who speaks is to be noticed by the model.
  void listen(const Bytes& samples) {
    const std::optional<audio::Format> format = world_.caller.format();
    if (!watches() || !format.has_value()) return;
    if (!audio::is_audible(samples, *format)) {
      audible_frames_ = 0;
      return;
    }
    caller_heard_ = world_.kernel.now();
    constexpr int kSpeechFrames = 5;  // a cough is shorter
    if (++audible_frames_ >= kSpeechFrames && !model_hears_caller_) expect_model();
  }

  // What of the model's frames shows that it is alive, and what was said.
  void watch(const RealtimeFrame& frame) {
    if (!watches()) return;
    const bool is_delta = is_token(frame) || frame.type == RealtimeType::output_audio_delta;
    if (is_delta || frame.type == RealtimeType::arguments_done) {
      failures_ = 0;
      expect_nothing();
      if (response_is_active_) expect_model();
    } else if (frame.type == RealtimeType::speech_started) {
      model_hears_caller_ = true;
      expect_nothing();
    } else if (frame.type == RealtimeType::speech_stopped) {
      model_hears_caller_ = false;
      expect_model();
    } else if (frame.type == RealtimeType::response_done) {
      expect_nothing();
      if (frame.status == "failed") work_.spawn(ask_again());
    } else if (frame.type == RealtimeType::input_transcription_completed) {
      things_said_.push_back(fmt::format("The caller said: {}", frame.transcript));
    } else if (frame.type == RealtimeType::audio_transcript_done) {
      things_said_.push_back(fmt::format("You said: {}", frame.transcript));
    }
  }

  Task<void> ask_again() {
    if (failures_ >= kVoiceModelAttempts) {
      say(kVoiceLost);
      co_return;
    }
    co_await sleep(world_.kernel, world_.lane, kVoiceModelBackoff * (std::int64_t{1} << failures_));
    ++failures_;
    ask_for_response();
  }

  // The model did not do what it owed. A caller who is still speaking is not interrupted.
  void miss_model() {
    constexpr Duration kBreath = milliseconds(500);
    if (world_.kernel.now() - caller_heard_ < kBreath) return wait_for_model(kBreath);
    expect_nothing();
    model_->close(1000);
  }

  Task<bool> reconnect() {
    say(kVoiceLost);
    forget_session();
    for (std::uint32_t attempt = 0; attempt < kVoiceModelAttempts; ++attempt) {
      if (attempt > 0) {
        co_await sleep(world_.kernel, world_.lane, kVoiceModelBackoff * (std::int64_t{1} << attempt));
      }
      Task<std::unique_ptr<ModelConnection>> asked = world_.models.connect();
      std::optional<std::unique_ptr<ModelConnection>> opened =
          co_await with_timeout(world_.kernel, world_.lane, kVoiceModelPatience, std::move(asked));
      if (!opened.has_value() || *opened == nullptr) continue;
      model_ = std::move(*opened);
      co_return true;
    }
    co_return false;
  }

  void forget_session() {
    expect_nothing();
    is_ready_ = false;
    model_hears_caller_ = false;
    if (options_.model == ModelCare::stale) return;
    ++session_;
    response_is_active_ = response_is_due_ = false;
    speaking_item_.clear();
    nameless_.clear();
    calls_running_ = 0;
    const std::size_t told = std::min(things_said_.size(), kVoiceThingsTold);
    things_to_tell_.assign(things_said_.end() - static_cast<std::ptrdiff_t>(told), things_said_.end());
  }

  const VoiceOptions& options_;
  AgentWorld& world_;
  std::unique_ptr<ModelConnection> model_;
  bool is_over_ = false;

  bool is_ready_ = false;
  std::vector<std::string> typed_early_;
  bool response_is_active_ = false;
  bool response_is_due_ = false;

  std::string keys_;  // pressed and not told yet
  ScopedTimer keys_complete_;

  std::string speaking_item_;
  VirtualTime item_began_;
  VirtualTime talks_until_;

  bool has_spoken_ = false;

  std::uint32_t retries_left_;
  std::uint32_t session_ = 0;
  bool is_expecting_ = false;        // model_silence_ is due when the model has owed something for too long
  bool model_hears_caller_ = false;  // as it said
  ScopedTimer model_silence_;
  int audible_frames_ = 0;  // in a row
  VirtualTime caller_heard_;
  std::uint32_t failures_ = 0;  // of responses, in a row
  std::vector<std::string> things_said_;
  std::vector<std::string> things_to_tell_;  // to a new session

  std::vector<FunctionCall> nameless_;
  std::set<std::string> started_;
  std::uint32_t calls_running_ = 0;
  Scope work_;  // last: its tasks use all of the above
};

}  // namespace

VoiceOptions parse_voice_options(const AgentSpec& spec) {
  AgentOptions given(spec);
  VoiceOptions options{parse_retry_options(given), given.word("fallback", {"none", "spoken"}) == "spoken"};
  options.shares_budget = given.word("budget", {"each", "call"}) == "call";
  const std::string model = given.word("model", {"trusted", "watched", "stale"});
  if (model == "watched") options.model = ModelCare::watched;
  if (model == "stale") options.model = ModelCare::stale;
  given.finish();
  return options;
}

Task<void> VoiceAgent::run(AgentWorld& world) {
  std::unique_ptr<ModelConnection> model = co_await world.models.connect();
  if (model == nullptr) co_return;
  VoiceCall call(options_, world, std::move(model));
  co_await call.run();
}

}  // namespace ringback::sim
