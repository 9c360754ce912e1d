// How a cascaded agent speaks: text goes in piece by piece, whole sentences go to the synthesizer, sound to the caller.
//
//   speaker.begin_answer();  speaker.take("Good ");  speaker.take("morning. How");  speaker.end_answer();
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "sim/agents/port.h"
#include "src/wire/sentences.h"

namespace ringback::sim {

class Speaker {
 public:
  // `world` outlives the speaker. `timeout`: how long a sentence may wait for its first sound.
  Speaker(AgentWorld& world, const audio::Format& format, std::optional<Duration> timeout);

  // Keeps the synthesizer's socket open, and passes its sound on. Ends never.
  Task<void> run();

  // An attempt at an answer begins: what an earlier attempt said already is not said again.
  void begin_answer();
  void take(BytesView piece);
  // The answer is whole, a last sentence without its full stop too.
  void end_answer();
  // Nothing more is said, and what was not played is dropped.
  void stop();

 private:
  struct Sentence {
    std::string id;
    Bytes text;
    bool was_sent = false;
    bool has_sound = false;
    std::uint32_t attempts = 0;
  };

  void say(Bytes sentence);
  void send_next();
  void handle(const wire::SpeechFrame& frame);
  void give_up_waiting();

  AgentWorld& world_;
  audio::Format format_;
  std::optional<Duration> timeout_;
  SpeechConnection* synthesizer_ = nullptr;  // once it is ready
  Mailbox<bool> broken_;                     // the socket was given up
  std::deque<Sentence> sentences_;           // the first is being spoken
  wire::Sentences text_;
  std::size_t sentences_taken_ = 0;  // of this attempt
  std::size_t sentences_said_ = 0;   // of this answer, over its attempts
  std::uint32_t ids_ = 0;
  VirtualTime talks_until_;
  ScopedTimer timer_;
};

}  // namespace ringback::sim
