// What stands around a completion model in a cascaded agent: the transcriber's and the synthesizer's sockets, and what
// the agent keeps in the conversation as said.
//
// The synthesizer's utterances become items of SaidFold, so that it is known how much of each was heard. A cascaded
// agent tells its model what it said by putting it into the next request. So at the first request after an utterance
// was heard or dropped, what the new texts of the assistant hold of it counts as committed; text of theirs that never
// went to the synthesizer becomes an item of its own, as long as its words would have taken. Later requests change
// nothing: an agent may shorten its history.
//
// Without a synthesizer's channel nothing of this applies.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/check/said_fold.h"
#include "sim/check/speech_fold.h"
#include "sim/check/timeline.h"
#include "src/wire/completion.h"
#include "src/wire/speech.h"

namespace ringback::sim {

class CascadeFold {
 public:
  struct Parts {
    Timeline& timeline;
    SpeechFold& speech;
    SaidFold& said;
  };
  CascadeFold(const trace::ChannelTable& channels, const Parts& parts);

  void observe(const trace::Event& event, EventIndex index, VirtualTime at);

 private:
  struct Socket {
    std::optional<audio::Format> format;  // as the agent asked for it
  };
  struct Utterance {
    std::size_t said = 0;  // in the timeline
    std::string text;      // plain
  };

  void transcriber_frame(const wire::SpeechFrame& frame, const trace::Event& event, VirtualTime at);
  void synthesizer_frame(const trace::Channel& channel, const wire::SpeechFrame& frame, const trace::Event& event,
                         EventIndex index, VirtualTime at);
  void note_sound(const trace::Channel& channel, const wire::SpeechFrame& frame, EventIndex index, VirtualTime at);
  void request(const trace::Channel& channel, const trace::Event& event, EventIndex index, VirtualTime at);
  // What of the utterances stands in `text` (plain), and what stands there that was never spoken.
  void commit(std::string_view text, const trace::Channel& channel, EventIndex index, VirtualTime at);
  Duration length_of(std::size_t characters) const;

  const trace::ChannelTable& channels_;
  Timeline& timeline_;
  SpeechFold& speech_;
  SaidFold& said_;
  bool has_synthesizer_ = false;
  std::map<trace::ChannelId, Socket> sockets_;
  std::map<std::string, std::string> texts_;       // what is to be spoken, by id, until its first sound
  std::map<std::string, std::size_t> utterances_;  // said items, by id
  std::vector<Utterance> uncommitted_;             // in order
  std::map<trace::ChannelId, std::size_t> asked_;  // items of the last request
  std::uint64_t characters_ = 0;                   // of what was synthesized
  Duration synthesized_;
};

}  // namespace ringback::sim
