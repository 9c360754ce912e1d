#include "sim/agents/speaker.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace ringback::sim {

using wire::SpeechFrame;
using wire::SpeechType;

namespace {

constexpr Duration kReconnectPause = milliseconds(200);
constexpr std::uint32_t kAttempts = 2;  // of one sentence

// The socket's next frame, or nothing where it is closed.
Task<void> forward(SpeechConnection& connection, Mailbox<std::optional<SpeechFrame>>& frames) {
  for (;;) {
    std::optional<SpeechFrame> frame = co_await connection.inbox().receive();
    const bool is_over = !frame.has_value();
    frames.push(std::move(frame));
    if (is_over) break;
  }
}

Task<void> forward_break(Mailbox<bool>& broken, Mailbox<std::optional<SpeechFrame>>& frames) {
  std::optional<bool> told = co_await broken.receive();
  if (told.has_value()) frames.push(std::nullopt);
}

}  // namespace

Speaker::Speaker(AgentWorld& world, const audio::Format& format, std::optional<Duration> timeout)
    : world_(world), format_(format), timeout_(timeout), broken_(world.kernel, world.lane), timer_(world.kernel) {}

Task<void> Speaker::run() {
  for (;;) {
    {
      std::unique_ptr<SpeechConnection> connection = co_await world_.synthesizer.connect();
      if (connection != nullptr) {
        connection->send({.type = SpeechType::start,
                          .encoding = std::string(audio::name_of(format_.encoding)),
                          .rate = format_.rate});
        Mailbox<std::optional<SpeechFrame>> frames(world_.kernel, world_.lane);
        Scope work(world_.kernel, world_.lane);
        work.spawn(forward(*connection, frames));
        work.spawn(forward_break(broken_, frames));
        for (;;) {
          std::optional<std::optional<SpeechFrame>> frame = co_await frames.receive();
          if (!frame->has_value()) break;
          if ((*frame)->type == SpeechType::ready) {
            synthesizer_ = connection.get();
            send_next();
          } else {
            handle(**frame);
          }
        }
        synthesizer_ = nullptr;
        timer_.cancel();
        if (!sentences_.empty()) sentences_.front().was_sent = false;
      }
    }
    co_await sleep(world_.kernel, world_.lane, kReconnectPause);
  }
}

void Speaker::begin_answer() {
  sentences_taken_ = 0;
  text_.clear();
}

void Speaker::take(BytesView piece) {
  for (Bytes& sentence : text_.take(piece)) say(std::move(sentence));
}

void Speaker::end_answer() {
  for (Bytes& sentence : text_.finish()) say(std::move(sentence));
  sentences_taken_ = 0;
  sentences_said_ = 0;
}

void Speaker::say(Bytes sentence) {
  if (++sentences_taken_ <= sentences_said_) return;
  sentences_said_ = sentences_taken_;
  sentences_.push_back({.id = fmt::format("say_{}", ++ids_), .text = std::move(sentence)});
  send_next();
}

// One sentence after the other: the next is sent when the one before is done.
void Speaker::send_next() {
  if (synthesizer_ == nullptr || sentences_.empty() || sentences_.front().was_sent) return;
  Sentence& sentence = sentences_.front();
  sentence.was_sent = true;
  ++sentence.attempts;
  synthesizer_->send({.type = SpeechType::speak, .id = sentence.id, .text = sentence.text});
  if (timeout_.has_value()) {
    timer_.schedule(world_.kernel.now() + *timeout_, EventClass::timer, world_.lane, [this] { give_up_waiting(); });
  }
}

// No sound came. The socket may swallow what is sent: another one.
void Speaker::give_up_waiting() {
  if (sentences_.empty()) return;
  if (sentences_.front().attempts >= kAttempts || sentences_.front().has_sound) sentences_.pop_front();
  synthesizer_ = nullptr;
  broken_.push(true);
}

void Speaker::handle(const SpeechFrame& frame) {
  if (sentences_.empty() || frame.id != sentences_.front().id) return;  // of what was stopped
  if (frame.type == SpeechType::audio) {
    if (!std::exchange(sentences_.front().has_sound, true)) world_.caller.send_transcript(sentences_.front().text);
    if (timeout_.has_value()) {
      timer_.schedule(world_.kernel.now() + *timeout_, EventClass::timer, world_.lane, [this] { give_up_waiting(); });
    }
    talks_until_ = std::max(world_.kernel.now(), talks_until_) + audio::duration_of(frame.audio.size(), format_);
    world_.caller.send_audio(frame.audio);
  } else if (frame.type == SpeechType::done || frame.type == SpeechType::error) {
    timer_.cancel();
    sentences_.pop_front();
    send_next();
  }
}

void Speaker::stop() {
  timer_.cancel();
  if (!sentences_.empty() && sentences_.front().was_sent && synthesizer_ != nullptr)
    synthesizer_->send({.type = SpeechType::cancel, .id = sentences_.front().id});
  sentences_.clear();
  text_.clear();
  sentences_taken_ = 0;
  sentences_said_ = 0;
  if (world_.kernel.now() >= talks_until_) return;
  world_.caller.clear();
  talks_until_ = world_.kernel.now();
}

}  // namespace ringback::sim
