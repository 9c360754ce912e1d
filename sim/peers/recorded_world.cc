#include "sim/peers/recorded_world.h"

#include <algorithm>
#include <string_view>

#include "src/base/error.h"

namespace ringback::sim {
namespace {

using trace::ChannelKind;

constexpr std::string_view kRealtimeEncoding = "openai-realtime";

// Null where the recording has none.
const trace::Channel* realtime_channel(const trace::Trace& recording) {
  for (const trace::Channel& channel : recording.channels.channels()) {
    if (channel.kind == ChannelKind::model && channel.encoding == kRealtimeEncoding) return &channel;
  }
  return nullptr;
}

// Throws Error where there is no model stream that an agent could be replayed against.
void check_model(const trace::Trace& recording) {
  if (realtime_channel(recording) != nullptr || completion_channel(recording) != nullptr) return;
  for (const trace::Channel& channel : recording.channels.channels()) {
    if (channel.kind != ChannelKind::model) continue;
    fail(
        "channel '{}': expected a model stream of kind openai-realtime, openai-chat, openai-responses or "
        "anthropic-messages, found '{}': it cannot be replayed in this version",
        channel.name, channel.encoding);
  }
  fail("the trace has no model channel: there is nothing to replay an agent against in this version");
}

// How long the recording is. Its times are a stranger's.
Duration checked_duration(const trace::Trace& recording) {
  VirtualTime last;
  for (auto each = recording.events.begin(); each.index() < recording.events.size(); ++each) {
    const std::int64_t ns = each.time().ns();
    if (ns < 0 || ns > kRecordingMax.ns()) {
      fail("event {}: expected a time from 0 to {}, found {} ns: the trace cannot be replayed", each.index() + 1,
           to_text(kRecordingMax), ns);
    }
    last = std::max(last, each.time());
  }
  return last.since_start();
}

std::optional<RecordedSpeech> read_speech(const trace::Trace& recording, ChannelKind kind) {
  const trace::Channel* channel = speech_channel(recording, kind);
  if (channel == nullptr) return std::nullopt;
  return read_recorded_speech(recording, *channel);
}

void read_models(const trace::Trace& recording, RecordedWorld& world) {
  check_model(recording);
  if (const trace::Channel* channel = realtime_channel(recording))
    world.model = read_recorded_model(recording, *channel);
  if (const trace::Channel* channel = completion_channel(recording))
    world.completions = read_recorded_completions(recording, *channel);
}

}  // namespace

RecordedWorld read_recorded_world(const trace::Trace& recording) {
  RecordedWorld world;
  world.duration = checked_duration(recording);
  read_models(recording, world);
  world.caller = plan_caller(recording);
  world.tools = read_recorded_tools(recording);
  world.transcriber = read_speech(recording, ChannelKind::transcriber);
  world.synthesizer = read_speech(recording, ChannelKind::synthesizer);
  return world;
}

RecordedWorld read_changed_world(const RecordedWorld& base, const trace::Trace& changed,
                                 const std::set<ChannelKind>& kinds) {
  RecordedWorld world = base;
  world.duration = checked_duration(changed);
  world.caller = plan_caller(changed);  // the others are its cues
  if (kinds.contains(ChannelKind::model)) read_models(changed, world);
  if (kinds.contains(ChannelKind::tool)) world.tools = read_recorded_tools(changed);
  if (kinds.contains(ChannelKind::transcriber)) world.transcriber = read_speech(changed, ChannelKind::transcriber);
  if (kinds.contains(ChannelKind::synthesizer)) world.synthesizer = read_speech(changed, ChannelKind::synthesizer);
  return world;
}

}  // namespace ringback::sim
