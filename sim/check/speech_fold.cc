#include "sim/check/speech_fold.h"

#include <algorithm>

namespace ringback::sim {
namespace {

using audio::Playout;
using trace::Direction;
using trace::EventKind;

trace::ChannelId id_of(const trace::ChannelTable& channels, std::string_view name) {
  const trace::Channel* channel = channels.find(name);
  return channel == nullptr ? trace::kControlChannel : channel->id;
}

std::optional<audio::Format> format_in(const trace::ChannelTable& channels, std::string_view name) {
  const trace::Channel* channel = channels.find(name);
  if (channel == nullptr || channel->kind != trace::ChannelKind::audio) return std::nullopt;
  return audio::format_of(channel->encoding, channel->rate);
}

void append_words(std::string& text, const std::string& more) {
  if (!text.empty() && !more.empty()) text += ' ';
  text += more;
}

}  // namespace

SpeechFold::SpeechFold(const trace::ChannelTable& channels, Timeline& timeline, FloorFacts& facts)
    : timeline_(timeline),
      facts_(facts),
      caller_(id_of(channels, "caller")),
      caller_audio_(id_of(channels, "caller.audio")),
      agent_audio_(id_of(channels, "agent.audio")),
      caller_format_(format_in(channels, "caller.audio")) {
  if (caller_format_) detector_.emplace(*caller_format_);
  if (const std::optional<audio::Format> format = format_in(channels, "agent.audio")) playout_.emplace(*format);
}

void SpeechFold::observe(const trace::Event& event, EventIndex index, VirtualTime at) {
  if (event.channel == trace::kControlChannel) return;
  if (event.channel == caller_) observe_caller(event, index, at);
  if (event.channel == caller_audio_ && detector_) observe_caller_track(event, index, at);
  if (event.channel == agent_audio_ && playout_) observe_agent_track(event, index, at);
}

void SpeechFold::observe_caller(const trace::Event& event, EventIndex index, VirtualTime at) {
  if (event.kind == EventKind::text) {
    const std::string text = trace::body_of<trace::Text>(event).text;
    if (event.direction == Direction::to_agent) {
      facts_.add(FloorFacts::Kind::caller_typed, at);
      timeline_.caller.push_back({.begin = at, .end = at, .text = text, .event = index});
    } else {
      facts_.add(FloorFacts::Kind::agent_wrote, at);
      timeline_.agent.push_back({.begin = at, .end = at, .text = text, .event = index});
      timeline_.agent_sent.push_back(at);
    }
  } else if (event.kind == EventKind::clear && playout_) {
    if (playout_->clear(at) > Duration()) timeline_.interruptions.push_back({.at = at, .event = index});
    span_events_.resize(playout_->audible().size());
  }
}

void SpeechFold::observe_caller_track(const trace::Event& event, EventIndex index, VirtualTime at) {
  if (event.kind == EventKind::text) {
    caller_own_notes_.push_back({at, trace::body_of<trace::Text>(event).text});
  } else if (event.kind == EventKind::fault_fired) {
    const auto fired = trace::body_of<trace::FaultFired>(event);
    if (fired.original_kind != static_cast<std::int64_t>(EventKind::audio)) return;
    if (faulted_at_ == at && faulted_ == fired.original) return;
    faulted_at_ = at;
    faulted_ = fired.original;
    hear_caller(trace::body_field(fired.original, 1), index, at);
  } else if (event.kind == EventKind::audio && event.origin != trace::Origin::world) {
    // What the world itself sends is the silence between utterances, or what a fault made of one.
    hear_caller(trace::body_field(event.body, 1), index, at);
  }
}

void SpeechFold::hear_caller(BytesView samples, EventIndex index, VirtualTime at) {
  if (!track_start_) track_start_ = at;
  const Duration missing = at - *track_start_ - detector_->clock();
  if (missing >= audio::kFrame) {
    // A second ends any speech; what is longer only moves the track.
    const Duration silent = std::min(missing, seconds(1));
    const std::size_t whole = audio::frame_bytes(*caller_format_);
    detector_->feed(audio::silence(audio::bytes_for(silent, *caller_format_) / whole * whole, *caller_format_), edges_);
    take_edges();
    if (missing > silent) track_start_ = at - detector_->clock();
  }
  last_frame_ = index;
  detector_->feed(samples, edges_);
  take_edges();
}

void SpeechFold::take_edges() {
  for (const audio::SpeechDetector::Edge& edge : edges_) {
    const VirtualTime at = *track_start_ + edge.at;
    if (edge.speech) {
      facts_.add(FloorFacts::Kind::caller_started, at);
      timeline_.caller.push_back({.begin = at, .end = at, .event = last_frame_});
    } else {
      facts_.add(FloorFacts::Kind::caller_stopped, at);
      timeline_.caller.back().end = at;
    }
  }
  edges_.clear();
}

void SpeechFold::observe_agent_track(const trace::Event& event, EventIndex index, VirtualTime at) {
  if (event.direction != Direction::from_agent) return;
  if (event.kind == EventKind::text) {
    own_notes_.push_back({at, trace::body_of<trace::Text>(event).text});
    return;
  }
  if (event.kind != EventKind::audio) return;
  const auto& spans = playout_->audible();
  const std::size_t before = spans.size();
  const VirtualTime end_before = spans.empty() ? VirtualTime() : spans.back().end;
  playout_->enqueue(at, trace::body_field(event.body, 1));
  span_events_.resize(spans.size(), index);
  if (spans.size() > before || (!spans.empty() && spans.back().end > end_before)) {
    facts_.add(FloorFacts::Kind::agent_sent, at);
    timeline_.agent_sent.push_back(at);
  }
}

void SpeechFold::finish_agent(VirtualTime end) {
  if (!playout_) return;
  const std::vector<Playout::Span>& spans = playout_->audible();
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (spans[i].begin >= end) break;
    const VirtualTime until = std::min(spans[i].end, end);
    facts_.add(FloorFacts::Kind::agent_audible_from, spans[i].begin);
    facts_.add(FloorFacts::Kind::agent_audible_until, until);
    if (!timeline_.agent.empty() && timeline_.agent.back().begin != timeline_.agent.back().end &&
        spans[i].begin - timeline_.agent.back().end <= Floor::kPauseMax) {
      timeline_.agent.back().end = until;
    } else {
      timeline_.agent.push_back({.begin = spans[i].begin, .end = until, .event = span_events_[i]});
    }
  }
  std::stable_sort(timeline_.agent.begin(), timeline_.agent.end(),
                   [](const Spoken& a, const Spoken& b) { return a.begin < b.begin; });
}

void SpeechFold::finish(VirtualTime end) {
  if (detector_ && track_start_ && detector_->in_speech()) {
    const Bytes silence = audio::silence(audio::bytes_for(seconds(1), *caller_format_), *caller_format_);
    detector_->feed(silence, edges_);
    take_edges();
  }
  finish_agent(end);
  attach_from(own_notes_, timeline_.agent);
  attach_from(agent_notes_, timeline_.agent);
  if (!caller_own_notes_.empty()) return attach_from(caller_own_notes_, timeline_.caller);
  // The model writes down what the caller said after it was said.
  for (const Note& note : caller_notes_) {
    const auto spoken = std::find_if(timeline_.caller.rbegin(), timeline_.caller.rend(),
                                     [&](const Spoken& s) { return s.begin <= note.at && s.begin != s.end; });
    if (spoken != timeline_.caller.rend()) append_words(spoken->text, note.text);
  }
}

void SpeechFold::attach_from(const std::vector<Note>& notes, std::vector<Spoken>& spoken) {
  std::vector<bool> has_words;
  for (const Spoken& s : spoken) has_words.push_back(!s.text.empty());
  for (const Note& note : notes) {
    const auto found = std::find_if(spoken.begin(), spoken.end(),
                                    [&](const Spoken& s) { return s.end > note.at && s.begin != s.end; });
    if (found == spoken.end() || has_words[static_cast<std::size_t>(found - spoken.begin())]) continue;
    append_words(found->text, note.text);
  }
}

}  // namespace ringback::sim
