#include "tests/planted/cascade_line.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "src/audio/level.h"
#include "src/wire/sentences.h"
#include "tests/planted/model_turn.h"

namespace ringback::planted {
namespace {

using wire::SpeechFrame;
using wire::SpeechType;

// What is played from the agent's own store when nobody can speak for it.
constexpr std::string_view kNoVoice = "I have trouble speaking. Please call again.";
constexpr Duration kSoundLimit = seconds(2);
constexpr Duration kTranscriptLimit = seconds(3);

TurnCare care_with(CascadeFlaw flaw) {
  TurnCare care;
  care.functions = {"status", "connections", "order_taxi"};
  care.effects = {"order_taxi"};
  care.tool.deadline = milliseconds(3000);
  if (flaw == CascadeFlaw::waits_for_the_stream) care.piece_limit = care.answer_limit = seconds(3600);
  care.says_so_when_it_fails = flaw != CascadeFlaw::says_nothing_when_the_model_fails;
  care.outputs_by_call = flaw != CascadeFlaw::hands_outputs_in_order_of_arrival;
  care.says_so_when_a_tool_fails = flaw != CascadeFlaw::gives_up_in_silence;
  care.answers_unknown_functions = flaw != CascadeFlaw::waits_for_unknown_functions;
  care.remembers_effects = flaw != CascadeFlaw::orders_again_when_asked_again;
  return care;
}

// One call: its state, and the coroutines that live on it.
class Line {
 public:
  Line(CascadeFlaw flaw, AgentWorld& world)
      : flaw_(flaw),
        world_(world),
        format_(*world.caller.format()),
        care_(care_with(flaw)),
        wake_(world.kernel, world.lane),
        sound_missing_(world.kernel),
        transcript_missing_(world.kernel),
        background_(world.kernel, world.lane),
        work_(world.kernel, world.lane) {}

  Task<void> run() {
    work_.spawn(keep_synthesizer());
    work_.spawn(keep_transcriber());
    work_.spawn(answer_turns());
    if (world_.setup.speaks_first) begin_turn();
    for (;;) {
      std::optional<CallerInput> input = co_await world_.caller.inbox().receive();
      if (!input.has_value() || std::holds_alternative<CallerHungUp>(*input)) break;
      if (auto* sound = std::get_if<CallerAudio>(&*input)) hear(std::move(sound->samples));
    }
  }

 private:
  struct Sentence {
    std::string id;
    std::string text;
    bool was_sent = false;
    bool has_sound = false;
    int attempts = 0;
    std::optional<VirtualTime> due;  // its first sound, or our own store speaks
  };

  bool has(CascadeFlaw flaw) const { return flaw_ == flaw; }
  VirtualTime now() const { return world_.kernel.now(); }

  // --- the caller ---

  void hear(Bytes samples) {
    listen(samples);
    if (transcriber_ != nullptr) {
      transcriber_->send({.type = SpeechType::audio, .audio = std::move(samples)});
    } else {
      early_.push_back(std::move(samples));
    }
  }

  // Our own ear: the transcriber may be slow to tell that the caller speaks, or never do.
  void listen(const Bytes& samples) {
    if (!audio::is_audible(samples, format_)) {
      audible_frames_ = 0;
      return;
    }
    caller_heard_ = now();
    if (++audible_frames_ < 10) return;
    if (!has(CascadeFlaw::believes_in_the_transcriber)) {
      transcript_missing_.schedule(now() + kTranscriptLimit, sim::EventClass::timer, world_.lane,
                                   [this] { miss_transcript(); });
    }
    // Who falls silent once, as the caller begins, has to forget what waits to be said, and to wait with the rest.
    const bool falls_silent_once = has(CascadeFlaw::keeps_queued_sentences) || has(CascadeFlaw::speaks_into_the_caller);
    const bool was_heard_before = audible_frames_ > 10 && falls_silent_once;
    if (!was_heard_before && !has(CascadeFlaw::trusts_the_transcriber_to_hear)) interrupt();
  }
  bool caller_speaks() const { return caller_heard_ > VirtualTime() && now() - caller_heard_ < milliseconds(500); }

  void interrupt() {
    if (now() >= talks_until_ && !has(CascadeFlaw::keeps_queued_sentences)) sentences_.clear();
    if (now() >= talks_until_) return;
    if (!has(CascadeFlaw::keeps_queued_sentences)) sentences_.clear();
    if (!sentences_.empty()) sentences_.pop_front();
    sound_missing_.cancel();
    if (!sentences_.empty()) send_first();
    world_.caller.clear();
    talks_until_ = now();
  }

  // --- the sockets ---

  // Null where it does not come about in time.
  Task<std::unique_ptr<SpeechConnection>> open(sim::SpeechPort& port) {
    Task<std::unique_ptr<SpeechConnection>> asked = port.connect();
    std::optional<std::unique_ptr<SpeechConnection>> opened =
        co_await with_timeout(world_.kernel, world_.lane, seconds(2), std::move(asked));
    if (!opened.has_value() || *opened == nullptr) co_return nullptr;
    (*opened)->send(
        {.type = SpeechType::start, .encoding = std::string(audio::name_of(format_.encoding)), .rate = format_.rate});
    co_return std::move(*opened);
  }

  // --- speech-to-text ---

  Task<void> keep_transcriber() {
    for (int failures = 0; failures < 5; ++failures) {
      if (failures > 0) co_await sleep(world_.kernel, world_.lane, milliseconds(200) * failures);
      std::unique_ptr<SpeechConnection> connection = co_await open(world_.transcriber);
      if (connection != nullptr) {
        Mailbox<std::optional<SpeechFrame>> frames(world_.kernel, world_.lane);
        transcriber_frames_ = &frames;
        Scope reading(world_.kernel, world_.lane);
        reading.spawn(forward(*connection, frames));
        for (;;) {
          std::optional<std::optional<SpeechFrame>> frame = co_await frames.receive();
          if (!frame->has_value()) break;
          if ((*frame)->type == SpeechType::ready) {
            failures = 0;
            transcriber_ = connection.get();
            for (Bytes& samples : std::exchange(early_, {})) hear(std::move(samples));
          }
          hear_words(**frame);
        }
        transcriber_ = nullptr;
        transcriber_frames_ = nullptr;
      }
      if (has(CascadeFlaw::never_reopens_the_transcriber)) co_return;
      if (caller_heard_ > heard_until_) say(std::string(kTurnPardon));
      heard_until_ = caller_heard_;
    }
    say_goodbye();
  }

  void hear_words(const SpeechFrame& frame) {
    if (frame.type == SpeechType::speech_started) {
      const bool is_late = now() - caller_heard_ > milliseconds(600);
      if (!is_late) interrupt();
    } else if (frame.type == SpeechType::final_transcript) {
      transcript_missing_.cancel();
      heard_until_ = caller_heard_;
      if (frame.at_ms == last_final_ms_ && !has(CascadeFlaw::takes_a_transcript_twice)) return;
      last_final_ms_ = frame.at_ms;
      memory_.conversation.push_back(
          {.role = wire::ChatItem::Role::user, .text = frame.text, .calls = {}, .call_id = {}});
      begin_turn();
    }
  }

  void miss_transcript() {
    if (caller_speaks() || transcriber_frames_ == nullptr) return;
    transcriber_ = nullptr;
    transcriber_frames_->push(std::nullopt);
  }

  static Task<void> forward(SpeechConnection& connection, Mailbox<std::optional<SpeechFrame>>& frames) {
    for (;;) {
      std::optional<SpeechFrame> frame = co_await connection.inbox().receive();
      const bool is_over = !frame.has_value();
      frames.push(std::move(frame));
      if (is_over) co_return;
    }
  }

  // --- turns ---

  void begin_turn() { wake_.push(true); }

  Task<void> answer_turns() {
    for (;;) {
      std::optional<bool> woken = co_await wake_.receive();
      if (!woken.has_value()) break;
      ModelTurn turn(world_, care_, memory_, background_, [this](const std::string& text) { say(text); });
      co_await turn.run();
    }
  }

  // --- text-to-speech ---

  void say(const std::string& text) {
    wire::Sentences sentences;
    for (const Bytes& each : sentences.take(Bytes(text))) queue(std::string(each));
    for (const Bytes& each : sentences.finish()) queue(std::string(each));
    speak_next();
  }
  void queue(std::string text) { sentences_.push_back({.id = fmt::format("say_{}", ++ids_), .text = std::move(text)}); }

  void speak_next() {
    if (sentences_.empty() || sentences_.front().was_sent || is_waiting_for_quiet_) return;
    if (caller_speaks() && !has(CascadeFlaw::speaks_into_the_caller)) {
      is_waiting_for_quiet_ = true;
      work_.spawn(wait_for_quiet());
      return;
    }
    send_first();
  }

  void send_first() {
    Sentence& sentence = sentences_.front();
    // Sockets that break one after the other get no time beyond the first one's.
    if (!sentence.due || synthesizer_ != nullptr) sentence.due = now() + kSoundLimit;
    if (!has(CascadeFlaw::believes_in_the_synthesizer) && !has(CascadeFlaw::ignores_errors_of_the_synthesizer)) {
      sound_missing_.schedule(std::max(now(), *sentence.due), sim::EventClass::timer, world_.lane,
                              [this] { miss_sound(); });
    }
    if (synthesizer_ == nullptr) return;
    sentence.was_sent = true;
    ++sentence.attempts;
    synthesizer_->send({.type = SpeechType::speak, .id = sentence.id, .text = Bytes(sentence.text)});
  }

  Task<void> wait_for_quiet() {
    while (caller_speaks()) co_await sleep(world_.kernel, world_.lane, milliseconds(100));
    is_waiting_for_quiet_ = false;
    speak_next();
  }

  Task<void> keep_synthesizer() {
    for (;;) {
      std::unique_ptr<SpeechConnection> connection = co_await open(world_.synthesizer);
      if (connection != nullptr) {
        Mailbox<std::optional<SpeechFrame>> frames(world_.kernel, world_.lane);
        synthesizer_frames_ = &frames;
        Scope reading(world_.kernel, world_.lane);
        reading.spawn(forward(*connection, frames));
        for (;;) {
          std::optional<std::optional<SpeechFrame>> frame = co_await frames.receive();
          if (!frame->has_value()) break;
          if ((*frame)->type == SpeechType::ready) {
            synthesizer_ = connection.get();
            speak_next();
          } else {
            take_sound(**frame);
          }
        }
        synthesizer_ = nullptr;
        synthesizer_frames_ = nullptr;
      }
      if (!sentences_.empty()) sentences_.front().was_sent = false;
      if (!sentences_.empty() && sentences_.front().attempts >= 2) miss_sound();
      speak_next();  // and count the time until it is
      if (has(CascadeFlaw::loses_the_sentence_with_the_socket)) sentences_.clear();
      co_await sleep(world_.kernel, world_.lane, milliseconds(200));
    }
  }

  void take_sound(const SpeechFrame& frame) {
    const bool is_ours = !sentences_.empty() && frame.id == sentences_.front().id;
    if (!is_ours && !(has(CascadeFlaw::plays_late_sound_of_stopped_sentences) && frame.type == SpeechType::audio))
      return;
    if (frame.type == SpeechType::audio) {
      if (is_ours) {
        if (!std::exchange(sentences_.front().has_sound, true)) world_.caller.send_transcript(sentences_.front().text);
        sound_missing_.schedule(now() + kSoundLimit, sim::EventClass::timer, world_.lane, [this] { miss_sound(); });
      }
      play(frame.audio);
    } else if (frame.type == SpeechType::done) {
      next_sentence();
    } else if (frame.type == SpeechType::error && !has(CascadeFlaw::ignores_errors_of_the_synthesizer)) {
      miss_sound();
    }
  }

  void play(const Bytes& samples) {
    talks_until_ = std::max(now(), talks_until_) + audio::duration_of(samples.size(), format_);
    world_.caller.send_audio(samples);
  }

  void next_sentence() {
    sound_missing_.cancel();
    sentences_.pop_front();
    speak_next();
  }

  // No sound came, or no more of it: another socket, once; then our own store.
  void miss_sound() {
    if (sentences_.empty()) return;
    Sentence& sentence = sentences_.front();
    if (sentence.attempts >= 2 || sentence.has_sound || synthesizer_ == nullptr) {
      if (!sentence.has_sound) play(audio::tone_speech(kNoVoice, format_));
      sentences_.pop_front();
    }
    synthesizer_ = nullptr;
    if (synthesizer_frames_ != nullptr) synthesizer_frames_->push(std::nullopt);
    speak_next();
  }

  void say_goodbye() { work_.spawn(say_goodbye_when_quiet()); }
  Task<void> say_goodbye_when_quiet() {
    while (caller_speaks()) co_await sleep(world_.kernel, world_.lane, milliseconds(100));
    play(audio::tone_speech(kNoVoice, format_));
    co_await sleep(world_.kernel, world_.lane, talks_until_ - now() + milliseconds(500));
    world_.caller.hang_up();
  }

  const CascadeFlaw flaw_;
  AgentWorld& world_;
  audio::Format format_;
  const TurnCare care_;
  TurnMemory memory_;
  Mailbox<bool> wake_;

  std::vector<Bytes> early_;
  int audible_frames_ = 0;  // in a row
  VirtualTime caller_heard_;
  VirtualTime heard_until_;  // what the caller said until then was written down, or asked for again
  std::int64_t last_final_ms_ = -1;
  SpeechConnection* transcriber_ = nullptr;  // once it is ready
  SpeechConnection* synthesizer_ = nullptr;  // likewise
  Mailbox<std::optional<SpeechFrame>>* transcriber_frames_ = nullptr;
  Mailbox<std::optional<SpeechFrame>>* synthesizer_frames_ = nullptr;

  std::deque<Sentence> sentences_;  // the first is being spoken
  int ids_ = 0;
  bool is_waiting_for_quiet_ = false;
  VirtualTime talks_until_;
  ScopedTimer sound_missing_;
  ScopedTimer transcript_missing_;
  Scope background_;
  Scope work_;  // last: its tasks use all of the above
};

}  // namespace

Task<void> CascadeLine::run(AgentWorld& world) {
  Line line(flaw_, world);
  co_await line.run();
}

}  // namespace ringback::planted
