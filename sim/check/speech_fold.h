// Who was heard when: the caller's speech as it was spoken, the agent's as it was played out.
//
// The caller's speech is cut by audio::SpeechDetector's rule from what the caller sent, before any fault: a caller
// whose words a fault swallowed still waits for an answer. The agent's speech is what arrived at the media edge, after
// any fault, as audio::Playout plays it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/check/floor_facts.h"
#include "sim/check/said_fold.h"
#include "sim/check/timeline.h"
#include "src/audio/playout.h"
#include "src/audio/speech_detector.h"

namespace ringback::sim {

class SpeechFold {
 public:
  // Throws Error where an audio channel has a format that we do not know.
  SpeechFold(const trace::ChannelTable& channels, Timeline& timeline, FloorFacts& facts, SaidFold& said);

  // Takes the next event; `at` never runs backwards.
  void observe(const trace::Event& event, EventIndex index, VirtualTime at);
  // What somebody says, as the model understood it or wrote it down.
  void caller_transcript(Words words);
  void agent_transcript(Words words) { agent_notes_.push_back(std::move(words)); }
  // How much of the agent's sound was heard up to `at`.
  Duration played(VirtualTime at) const { return playout_ ? playout_->played(at) : Duration(); }
  void finish(VirtualTime end);

 private:
  void observe_caller(const trace::Event& event, EventIndex index, VirtualTime at);
  void observe_key(const trace::Event& event, EventIndex index, VirtualTime at);
  void observe_caller_track(const trace::Event& event, EventIndex index, VirtualTime at);
  void observe_agent_track(const trace::Event& event, EventIndex index, VirtualTime at);
  void note_underrun(EventIndex index, VirtualTime at);
  void clear(EventIndex index, VirtualTime at);
  void hear_caller(BytesView samples, EventIndex index, VirtualTime at);
  void take_edges();
  void finish_agent(VirtualTime end);
  // Each note belongs to the first speech that is not over at its time; speech that has words already keeps them.
  static void attach_from(const std::vector<Words>& notes, std::vector<Spoken>& spoken);
  void attach_after_the_fact();

  Timeline& timeline_;
  FloorFacts& facts_;
  SaidFold& said_;
  trace::ChannelId caller_ = 0;
  trace::ChannelId caller_audio_ = 0;
  trace::ChannelId agent_audio_ = 0;

  std::optional<audio::Format> caller_format_;
  std::optional<audio::SpeechDetector> detector_;
  std::vector<audio::SpeechDetector::Edge> edges_;
  std::optional<VirtualTime> track_start_;
  EventIndex last_frame_ = 0;
  // The sent frame that a fault acted on last, so that two faults on one frame are one frame.
  std::optional<VirtualTime> faulted_at_;
  Bytes faulted_;

  std::optional<VirtualTime> last_key_;

  std::optional<audio::Playout> playout_;
  audio::Format agent_format_;
  bool is_cleared_ = true;              // nothing came since the queue was dropped, or at all
  std::size_t responses_at_sound_ = 0;  // how many had begun when the last sound came
  // First event of each audible span, as long as they are not final.
  std::vector<EventIndex> span_events_;
  std::vector<Words> caller_notes_;
  std::vector<Words> agent_notes_;
  // Transcripts on the tracks themselves, which come first.
  std::vector<Words> caller_own_notes_;
  std::vector<Words> own_notes_;
};

}  // namespace ringback::sim
