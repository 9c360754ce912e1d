#include "sim/agents/voice.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

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
        work_(world.kernel, world.lane) {}

  Task<void> run() {
    work_.spawn(follow_model());
    for (;;) {
      std::optional<CallerInput> input = co_await world_.caller.inbox().receive();
      if (!input.has_value() || std::holds_alternative<CallerHungUp>(*input)) break;
      hear(*input);
    }
    model_->close(1000);
  }

 private:
  void hear(CallerInput& input) {
    if (auto* audio = std::get_if<CallerAudio>(&input)) {
      if (is_ready_) model_->send(wire::append_audio(audio->samples));
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
      if (!frame.has_value()) break;
      handle(*frame);
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
    if (world_.setup.speaks_first) ask_for_response();
    for (const std::string& text : std::exchange(typed_early_, {})) send_typed(text);
  }

  void ask_for_response() {
    response_is_due_ = response_is_active_;
    if (response_is_active_) return;
    response_is_active_ = true;
    model_->send(wire::response_create());
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
    world_.caller.send_audio(frame.audio);
  }

  // The caller interrupts: what was not played is dropped, and the model is told how far it came. As in production, the
  // agent knows its own clock only, not the ear's.
  void stop_talking() {
    const VirtualTime now = world_.kernel.now();
    if (now >= talks_until_) return;
    world_.caller.clear();
    const Duration played = now > item_began_ ? now - item_began_ : Duration();
    model_->send(wire::truncate(speaking_item_, played.ms()));
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
    std::optional<ToolReply> good = co_await call_tool(world_, options_, call.name, call.arguments);
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
    const std::optional<audio::Format> format = world_.caller.format();
    if (!format.has_value()) {
      world_.caller.send_text(std::string(kVoiceFallback));
      return;
    }
    const Bytes sound = audio::tone_speech(kVoiceFallback, *format);
    world_.caller.send_transcript(std::string(kVoiceFallback));
    world_.caller.send_audio(sound);
    talks_until_ = std::max(world_.kernel.now(), talks_until_) + audio::duration_of(sound.size(), *format);
  }

  const VoiceOptions& options_;
  AgentWorld& world_;
  std::unique_ptr<ModelConnection> model_;

  bool is_ready_ = false;
  std::vector<std::string> typed_early_;
  bool response_is_active_ = false;
  bool response_is_due_ = false;

  std::string keys_;  // pressed and not told yet
  ScopedTimer keys_complete_;

  std::string speaking_item_;
  VirtualTime item_began_;
  VirtualTime talks_until_;

  std::vector<FunctionCall> nameless_;
  std::set<std::string> started_;
  std::uint32_t calls_running_ = 0;
  Scope work_;  // last: its tasks use all of the above
};

}  // namespace

VoiceOptions parse_voice_options(const AgentSpec& spec) {
  AgentOptions given(spec);
  VoiceOptions options{parse_retry_options(given), given.word("fallback", {"none", "spoken"}) == "spoken"};
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
