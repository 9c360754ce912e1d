// A speech service: a transcriber that hears the caller as in the recording, or a synthesizer that says what it said.
//
// A turn of the caller is the recorded one when its sound is the same, frame for frame; a text the recorded one when it
// is the same, the first unused of equal ones. What else it hears or has to say is made up: "..." as the transcript, a
// plain tone as the sound; without faults the run ends there.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/agents/port.h"
#include "sim/faults/link.h"
#include "sim/peers/recorded_speech.h"
#include "sim/peers/watch.h"

namespace ringback::sim {

// What nobody recorded comes so long after its cause; sound then 200 ms at a time every 40 ms.
inline constexpr Duration kStandinSpeechLatency = milliseconds(200);
inline constexpr BytesView kStandinTranscript = "...";

class SpeechService final : public SpeechPort {
 public:
  struct Parts {
    Kernel& kernel;
    Lane& agent_lane;
    Watch& watch;
    Link& link;
    bool strict = false;
  };
  // `recorded` and all parts outlive the service.
  SpeechService(const Parts& parts, const RecordedSpeech& recorded);
  ~SpeechService() override;

  Task<std::unique_ptr<SpeechConnection>> connect() override;

  // Recorded turns and texts that the run never came to, for the report.
  std::vector<std::string> unused() const;
  // From here on nothing is sent or journalled: the run is over.
  void stop();

 private:
  class Session;
  friend class Session;

  Parts parts_;
  const RecordedSpeech& recorded_;
  Lane& lane_;
  std::vector<bool> turn_is_used_;
  std::vector<bool> text_is_used_;
  std::uint32_t exchanges_ = 0;          // turns heard, or texts said, over all sessions
  Session* session_ = nullptr;           // the open one
  Mailbox<bool>* connecting_ = nullptr;  // of the attempt that is under way
  bool is_over_ = false;
};

}  // namespace ringback::sim
