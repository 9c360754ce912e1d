#include "sim/peers/caller_plan.h"

#include <algorithm>

#include "src/audio/level.h"
#include "src/audio/playout.h"
#include "src/audio/speech_detector.h"

namespace ringback::sim {
namespace {

using audio::kFrame;
using audio::Playout;

// When the agent could be heard, as the recording's caller heard it.
struct AgentHeard {
  // A longer silence is not one between words.
  static constexpr Duration kPauseMax = milliseconds(300);

  std::vector<Playout::Span> spans;
  std::vector<VirtualTime> texts;
  std::vector<Playout::Span> cut_pauses;  // from the last sound until the agent stopped itself with more to say

  // The end of the last sound or text at or before `at`.
  std::optional<VirtualTime> last_end_before(VirtualTime at) const {
    std::optional<VirtualTime> end;
    for (const Playout::Span& span : spans) {
      if (span.end <= at) end = span.end;
    }
    for (const VirtualTime text : texts) {
      if (text <= at && (!end.has_value() || text > *end)) end = text;
    }
    return end;
  }
  // In the middle of what it says; a pause between words belongs to it. So does the moment at which it stops itself: a
  // key silences it at once.
  bool is_talking(VirtualTime at) const {
    for (std::size_t i = 0; i < spans.size(); ++i) {
      if (spans[i].begin <= at && at < spans[i].end) return true;
      const bool goes_on = i + 1 < spans.size() && spans[i + 1].begin - spans[i].end <= kPauseMax;
      if (goes_on && spans[i].end <= at && at < spans[i + 1].begin) return true;
    }
    return std::any_of(cut_pauses.begin(), cut_pauses.end(),
                       [&](const Playout::Span& pause) { return pause.begin <= at && at <= pause.end; });
  }
  // The first sound after `after`: where the agent's turn began that was going on later.
  std::optional<VirtualTime> first_begin_after(VirtualTime after) const {
    for (const Playout::Span& span : spans) {
      if (span.begin >= after) return span.begin;
    }
    return std::nullopt;
  }
};

std::optional<audio::Format> format_of_channel(const trace::Trace& recording, std::string_view name) {
  const trace::Channel* channel = recording.channels.find(name);
  if (channel == nullptr || channel->kind != trace::ChannelKind::audio) return std::nullopt;
  return audio::format_of(channel->encoding, channel->rate);
}

AgentHeard hear_agent(const trace::Trace& recording, const std::optional<audio::Format>& format) {
  AgentHeard heard;
  const trace::Channel* agent_audio = recording.channels.find("agent.audio");
  const trace::Channel* caller = recording.channels.find("caller");
  std::optional<Playout> playout;
  if (format.has_value()) playout.emplace(*format);
  VirtualTime latest;  // recorded times that run backwards count as the latest so far
  for (const trace::Event& event : recording.events) {
    latest = std::max(latest, event.at);
    if (event.direction != trace::Direction::from_agent) continue;
    const bool on_caller = caller != nullptr && event.channel == caller->id;
    if (playout && agent_audio != nullptr && event.channel == agent_audio->id &&
        event.kind == trace::EventKind::audio) {
      playout->enqueue(latest, trace::body_field(event.body, 1));
    } else if (playout && on_caller && event.kind == trace::EventKind::clear) {
      const bool had_more = playout->clear(latest) > Duration();
      if (had_more && !playout->audible().empty()) {
        heard.cut_pauses.push_back({.begin = playout->audible().back().end, .end = latest});
      }
    } else if (on_caller && event.kind == trace::EventKind::text) {
      heard.texts.push_back(latest);
    }
  }
  if (playout) heard.spans = playout->audible();
  return heard;
}

struct Placed {
  VirtualTime at;
  VirtualTime end;
  decltype(CallerAction::what) what;
};

// A stretch of the caller's track without long gaps.
struct Stretch {
  VirtualTime start;
  Bytes samples;
};

// The caller's track. An event that is late or missing does not shift what follows: each is placed at its own time
// where that is later than the end of the one before. A gap of more than a second, which ends any speech, begins a new
// stretch.
std::vector<Stretch> stretches_of(const trace::Trace& recording, const audio::Format& format) {
  constexpr Duration kGapMax = seconds(1);
  const trace::Channel* channel = recording.channels.find("caller.audio");
  const std::size_t frame = audio::frame_bytes(format);
  std::vector<Stretch> stretches;
  VirtualTime latest;
  for (const trace::Event& event : recording.events) {
    if (event.channel != channel->id || event.kind != trace::EventKind::audio) continue;
    latest = std::max(latest, event.at);
    if (!stretches.empty()) {
      Stretch& last = stretches.back();
      const VirtualTime end = last.start + audio::duration_of(last.samples.size(), format);
      const Duration gap = latest > end ? latest - end : Duration();
      if (gap <= kGapMax) {
        last.samples.append(audio::silence(audio::bytes_for(gap, format) / frame * frame, format));
        last.samples.append(trace::body_field(event.body, 1));
        continue;
      }
    }
    stretches.push_back({.start = latest, .samples = Bytes(trace::body_field(event.body, 1))});
  }
  return stretches;
}

void cut_stretch(Stretch& stretch, const audio::Format& format, std::vector<Placed>& utterances) {
  // A last silence, so that speech up to the end is found.
  stretch.samples.append(audio::silence(audio::bytes_for(seconds(1), format), format));
  std::vector<audio::SpeechDetector::Edge> edges;
  audio::SpeechDetector detector(format);
  detector.feed(stretch.samples, edges);
  for (std::size_t i = 0; i + 1 < edges.size(); i += 2) {
    const Duration begin = edges[i].at;
    const Duration end = edges[i + 1].at;
    const std::size_t first = audio::bytes_for(begin, format);
    utterances.push_back({.at = stretch.start + begin,
                          .end = stretch.start + end,
                          .what = Utterance{stretch.samples.substr(first, audio::bytes_for(end, format) - first)}});
  }
}

std::vector<Placed> cut_utterances(const trace::Trace& recording, const audio::Format& format) {
  std::vector<Placed> utterances;
  for (Stretch& stretch : stretches_of(recording, format)) cut_stretch(stretch, format, utterances);
  return utterances;
}

CallerCue cue_of(const AgentHeard& heard, VirtualTime at, std::optional<VirtualTime> previous_end) {
  if (heard.is_talking(at)) {
    const std::optional<VirtualTime> begin = heard.first_begin_after(previous_end.value_or(VirtualTime()));
    if (begin.has_value() && *begin <= at) return {CallerCue::Kind::interrupts, at - *begin};
  }
  const std::optional<VirtualTime> end = heard.last_end_before(at);
  if (end.has_value() && (!previous_end.has_value() || *end > *previous_end)) {
    return {CallerCue::Kind::follows, at - *end};
  }
  if (previous_end.has_value()) return {CallerCue::Kind::continues, at - std::min(at, *previous_end)};
  return {CallerCue::Kind::at, at.since_start()};
}

void take_caller_events(const trace::Trace& recording, std::vector<Placed>& placed) {
  const trace::Channel* caller = recording.channels.find("caller");
  if (caller == nullptr) return;
  VirtualTime latest;
  for (const trace::Event& event : recording.events) {
    latest = std::max(latest, event.at);
    if (event.channel != caller->id || event.direction != trace::Direction::to_agent) continue;
    if (event.kind == trace::EventKind::text) {
      placed.push_back({latest, latest, TypedTurn{trace::body_of<trace::Text>(event).text}});
    } else if (event.kind == trace::EventKind::dtmf) {
      placed.push_back({latest, latest, Keypad{trace::body_of<trace::Dtmf>(event).digit}});
    } else if (event.kind == trace::EventKind::hung_up && trace::body_of<trace::HungUp>(event).by == "caller") {
      placed.push_back({latest, latest, EndCall{}});
    }
  }
}

}  // namespace

CallerPlan plan_caller(const trace::Trace& recording) {
  CallerPlan plan;
  plan.format = format_of_channel(recording, "caller.audio");
  const std::optional<audio::Format> agent_format = format_of_channel(recording, "agent.audio");
  if (plan.format.has_value() && agent_format.has_value() && *plan.format != *agent_format) {
    fail("channels caller.audio and agent.audio: expected one format for both, found {} at {} and {} at {}",
         audio::name_of(plan.format->encoding), plan.format->rate, audio::name_of(agent_format->encoding),
         agent_format->rate);
  }
  if (!plan.format.has_value()) plan.format = agent_format;

  std::vector<Placed> placed;
  if (recording.channels.find("caller.audio") != nullptr) placed = cut_utterances(recording, *plan.format);
  take_caller_events(recording, placed);
  std::stable_sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) { return a.at < b.at; });

  const AgentHeard heard = hear_agent(recording, plan.format);
  std::optional<VirtualTime> previous_end;
  bool hangs_up = false;
  for (Placed& action : placed) {
    if (hangs_up) break;
    hangs_up = std::holds_alternative<EndCall>(action.what);
    plan.actions.push_back(
        {.cue = cue_of(heard, action.at, previous_end), .recorded_at = action.at, .what = std::move(action.what)});
    previous_end = action.end;
  }
  if (!hangs_up) {
    plan.actions.push_back({.cue = {CallerCue::Kind::follows, kGoodbyeGap},
                            .recorded_at = VirtualTime() + recording.duration(),
                            .what = EndCall{}});
  }
  return plan;
}

}  // namespace ringback::sim
