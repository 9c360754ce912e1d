// A recording taken apart into what each peer plays. Runs do not change it, so many can be made of one reading.
//
//   const RecordedWorld world = read_recorded_world(recording);
//   run_scenario({.recording = recording, .schedule = schedule, .world = &world}, agent);
#pragma once

#include <optional>
#include <set>

#include "sim/peers/caller_plan.h"
#include "sim/peers/recorded_completions.h"
#include "sim/peers/recorded_model.h"
#include "sim/peers/recorded_speech.h"
#include "sim/peers/recorded_tools.h"
#include "src/trace/trace.h"

namespace ringback::sim {

// No event of a recording may be later.
inline constexpr Duration kRecordingMax = seconds(24 * 3600);

struct RecordedWorld {
  Duration duration;
  CallerPlan caller;
  RecordedModel model;              // without a channel where the recording has none
  RecordedCompletions completions;  // the same
  std::optional<RecordedSpeech> transcriber;
  std::optional<RecordedSpeech> synthesizer;
  RecordedTools tools;
};

// `recording` outlives what is made of it. Throws Error where it has no model stream that an agent could be replayed
// against, an event's time is out of range, or a frame is not of the channel's protocol.
RecordedWorld read_recorded_world(const trace::Trace& recording);

// The world of `changed`, which differs from `base`'s recording on channels of these kinds alone; what the others play
// is taken from `base`, whose recording outlives it too. Throws as above.
RecordedWorld read_changed_world(const RecordedWorld& base, const trace::Trace& changed,
                                 const std::set<trace::ChannelKind>& kinds);

}  // namespace ringback::sim
