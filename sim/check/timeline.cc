#include "sim/check/timeline.h"

#include <algorithm>

#include "sim/check/cascade_fold.h"
#include "sim/check/completion_fold.h"
#include "sim/check/floor_facts.h"
#include "sim/check/model_fold.h"
#include "sim/check/said_fold.h"
#include "sim/check/speech_fold.h"
#include "sim/check/tool_fold.h"
#include "sim/faults/schedule.h"

namespace ringback::sim {
namespace {

using trace::EventKind;

// What concerns the whole session, whatever the channel.
void observe_session(const trace::Event& event, EventIndex index, VirtualTime at, const trace::ChannelTable& channels,
                     Timeline& timeline) {
  switch (event.kind) {
    case EventKind::call_started:
      timeline.begin = at;
      break;
    case EventKind::hung_up: {
      if (timeline.hang_up) break;
      const auto hung_up = trace::body_of<trace::HungUp>(event);
      timeline.hang_up = HangUp{.at = at, .event = index, .by = hung_up.by, .reason = hung_up.reason};
      break;
    }
    case EventKind::fault_fired: {
      const auto fired = trace::body_of<trace::FaultFired>(event);
      const trace::Channel* channel = channels.find(event.channel);
      timeline.faults.push_back({.fault = fired.fault,
                                 .action = fired.action,
                                 .detail = fired.detail,
                                 .channel = channel == nullptr ? std::string() : channel->name,
                                 .at = at,
                                 .event = index,
                                 .exchange = event.exchange});
      break;
    }
    case EventKind::diverged:
      if (!timeline.diverged) timeline.diverged = index;
      break;
    default:
      break;
  }
}

bool has_sound(const trace::Trace& run) {
  return std::any_of(run.events.begin(), run.events.end(),
                     [](const trace::Event& event) { return event.kind == EventKind::audio; });
}

}  // namespace

Timeline build_timeline(const trace::Trace& run, VirtualTime run_end) {
  Timeline timeline;
  FloorFacts facts;
  SaidFold said(timeline);
  SpeechFold speech(run.channels, timeline, facts, said);
  ModelFold model(run.channels, {.timeline = timeline, .facts = facts, .speech = speech, .said = said});
  CompletionFold completions(run.channels, timeline, facts);
  CascadeFold cascade(run.channels, {.timeline = timeline, .speech = speech, .said = said});
  ToolFold tools(run.channels, timeline);
  for (const trace::Channel& channel : run.channels.channels()) {
    if (channel.kind == trace::ChannelKind::tool) timeline.tool_names.insert(tool_name(channel.name));
  }

  VirtualTime latest;  // recorded times that run backwards count as the latest so far
  bool has_begun = false;
  for (auto each = run.events.begin(); each != run.events.end(); ++each) {
    const trace::Event& event = *each;
    const EventIndex index = each.index();
    latest = std::max(latest, event.at);
    if (event.kind == EventKind::channel_declared || event.kind == EventKind::recording_facts) continue;
    if (!has_begun) timeline.begin = latest;
    has_begun = true;
    if (event.kind == EventKind::call_started) facts.add(FloorFacts::Kind::call_started, latest);
    const bool is_over = timeline.hang_up.has_value();
    observe_session(event, index, latest, run.channels, timeline);
    if (is_over) {
      tools.observe_late(event, index, latest);
      continue;  // what is still on its way reaches nobody
    }
    speech.observe(event, index, latest);
    model.observe(event, index, latest);
    cascade.observe(event, index, latest);
    completions.observe(event, index, latest);
    tools.observe(event, index, latest);
  }
  timeline.end = timeline.hang_up ? timeline.hang_up->at : std::max(latest, run_end);

  const trace::RecordingFacts recording = run.facts();
  timeline.is_typed = !has_sound(run);
  timeline.times_are_real = recording.times.empty();
  timeline.audio_is_whole = recording.audio.empty() || (recording.audio == "none" && timeline.is_typed);

  speech.finish(timeline.end);
  const Floor floor = facts.play(timeline.end);
  timeline.waits = floor.waits();
  timeline.turns = floor.turns();
  return timeline;
}

bool selects_tool(const std::string& selector, const std::string& name) {
  const std::string tool = tool_name(name);
  if (selects(selector, tool)) return true;
  const std::size_t dot = tool.rfind('.');
  return dot != std::string::npos && selects(selector, tool.substr(dot + 1));
}

}  // namespace ringback::sim
