#include "sim/agents/cascade.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "sim/agents/speaker.h"

namespace ringback::sim {
namespace {

using wire::ChatItem;
using wire::SpeechFrame;
using wire::SpeechType;

// One call: its state, and the coroutines that live on it.
class CascadeCall {
 public:
  CascadeCall(const CascadeOptions& options, AgentWorld& world, const audio::Format& format)
      : options_(options),
        world_(world),
        format_(format),
        speaker_(world, format, options.speech_timeout),
        wake_(world.kernel, world.lane),
        work_(world.kernel, world.lane) {}

  Task<void> run() {
    work_.spawn(speaker_.run());
    work_.spawn(transcribe());
    work_.spawn(answer_turns());
    if (world_.setup.speaks_first) {
      is_turn_due_ = true;
      wake_.push(true);
    }
    for (;;) {
      std::optional<CallerInput> input = co_await world_.caller.inbox().receive();
      if (!input.has_value() || std::holds_alternative<CallerHungUp>(*input)) break;
      if (auto* sound = std::get_if<CallerAudio>(&*input)) hear(std::move(sound->samples));
    }
  }

 private:
  void hear(Bytes samples) {
    if (transcriber_ == nullptr) {
      early_.push_back(std::move(samples));
      return;
    }
    transcriber_->send({.type = SpeechType::audio, .audio = std::move(samples)});
  }

  // The socket to the transcriber; opened anew where it breaks.
  Task<void> transcribe() {
    for (std::uint32_t attempt = 0; attempt <= options_.chat.retry.retries; ++attempt) {
      if (attempt > 0) co_await sleep(world_.kernel, world_.lane, options_.chat.retry.backoff);
      std::unique_ptr<SpeechConnection> connection = co_await world_.transcriber.connect();
      if (connection == nullptr) continue;
      connection->send(
          {.type = SpeechType::start, .encoding = std::string(audio::name_of(format_.encoding)), .rate = format_.rate});
      for (;;) {
        std::optional<SpeechFrame> frame = co_await connection->inbox().receive();
        if (!frame.has_value()) break;
        if (frame->type == SpeechType::ready) {
          transcriber_ = connection.get();
          for (Bytes& samples : std::exchange(early_, {})) hear(std::move(samples));
        } else if (frame->type == SpeechType::speech_started) {
          interrupt();
        } else if (frame->type == SpeechType::final_transcript) {
          take_turn(std::move(frame->text));
        }
      }
      transcriber_ = nullptr;
    }
  }

  void interrupt() {
    speaker_.stop();
    turn_.reset();
    if (!is_answering_) return;
    is_answering_ = false;
    conversation_.resize(turn_begin_);  // what was not answered yet is asked with the next turn
  }

  void take_turn(Bytes text) {
    interrupt();
    conversation_.push_back({.role = ChatItem::Role::user, .text = std::move(text), .calls = {}, .call_id = {}});
    is_turn_due_ = true;
    wake_.push(true);
  }

  // Starts turns, each in a scope of its own, so that an interruption can end it.
  Task<void> answer_turns() {
    for (;;) {
      std::optional<bool> woken = co_await wake_.receive();
      if (!woken.has_value()) break;
      if (!std::exchange(is_turn_due_, false)) continue;
      turn_begin_ = conversation_.size();
      is_answering_ = true;
      turn_.emplace(world_.kernel, world_.lane);
      turn_->spawn(answer());
    }
  }

  Task<void> answer() {
    ChatTurn turn(world_, options_.chat, conversation_,
                  {.on_attempt = [this] { speaker_.begin_answer(); },
                   .on_piece = [this](const Bytes& piece) { speaker_.take(piece); },
                   .on_answer = [this](const Bytes&) { speaker_.end_answer(); }});
    const bool answered = co_await turn.run();
    is_answering_ = false;
    if (answered || !options_.chat.speaks_fallback) co_return;
    speaker_.begin_answer();
    speaker_.take(Bytes(kChatFallback));
    speaker_.end_answer();
    conversation_.push_back(
        {.role = ChatItem::Role::assistant, .text = Bytes(kChatFallback), .calls = {}, .call_id = {}});
  }

  const CascadeOptions& options_;
  AgentWorld& world_;
  audio::Format format_;
  Speaker speaker_;
  SpeechConnection* transcriber_ = nullptr;  // once it is ready
  std::vector<Bytes> early_;
  std::vector<ChatItem> conversation_;
  std::size_t turn_begin_ = 0;  // what the conversation was when the turn under way began
  bool is_answering_ = false;
  bool is_turn_due_ = false;
  Mailbox<bool> wake_;
  std::optional<Scope> turn_;
  Scope work_;  // last: its tasks use all of the above
};

}  // namespace

Task<void> CascadeAgent::run(AgentWorld& world) {
  const std::optional<audio::Format> format = world.caller.format();
  if (!format.has_value()) throw Error("builtin:cascade: expected a call with sound, found a typed conversation");
  CascadeCall call(options_, world, *format);
  co_await call.run();
}

}  // namespace ringback::sim
