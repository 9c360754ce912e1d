#include "sim/check/speech_fold.h"

#include <algorithm>
#include <utility>

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

SpeechFold::SpeechFold(const trace::ChannelTable& channels, Timeline& timeline, FloorFacts& facts, SaidFold& said)
    : timeline_(timeline),
      facts_(facts),
      said_(said),
      caller_(id_of(channels, "caller")),
      caller_audio_(id_of(channels, "caller.audio")),
      agent_audio_(id_of(channels, "agent.audio")),
      caller_format_(format_in(channels, "caller.audio")) {
  if (caller_format_) detector_.emplace(*caller_format_);
  if (const std::optional<audio::Format> format = format_in(channels, "agent.audio")) {
    playout_.emplace(*format);
    agent_format_ = *format;
  }
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
      timeline_.acts.push_back(at);
      timeline_.agent_words.push_back({.at = at, .text = text, .event = index});
    }
  } else if (event.kind == EventKind::dtmf) {
    timeline_.key_presses.push_back(at);
    observe_key(event, index, at);
  } else if (event.kind == EventKind::clear) {
    clear(index, at);
  } else if (event.kind == EventKind::hung_up && event.direction == Direction::from_agent) {
    timeline_.acts.push_back(at);
  }
}

void SpeechFold::clear(EventIndex index, VirtualTime at) {
  timeline_.acts.push_back(at);
  if (!playout_) return;
  const Duration dropped = playout_->clear(at);
  if (dropped > Duration()) timeline_.interruptions.push_back({.at = at, .event = index, .dropped = dropped});
  said_.cleared(playout_->played(at));
  span_events_.resize(playout_->audible().size());
  is_cleared_ = true;
}

// Keys in quick succession are one entry.
void SpeechFold::observe_key(const trace::Event& event, EventIndex index, VirtualTime at) {
  if (event.origin == trace::Origin::world) return;  // a key that a fault pressed is no turn of the caller's
  facts_.add(FloorFacts::Kind::caller_typed, at);
  const std::string key = trace::body_of<trace::Dtmf>(event).digit;
  if (last_key_ && at - *last_key_ <= Floor::kPauseMax && !timeline_.keys.empty()) {
    timeline_.keys.back().text += key;
  } else {
    timeline_.keys.push_back({.begin = at, .end = at, .text = key, .event = index});
  }
  last_key_ = at;
}

void SpeechFold::observe_caller_track(const trace::Event& event, EventIndex index, VirtualTime at) {
  if (event.kind == EventKind::text) {
    caller_own_notes_.push_back({.at = at, .text = trace::body_of<trace::Text>(event).text, .event = index});
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
    own_notes_.push_back({.at = at, .text = trace::body_of<trace::Text>(event).text, .event = index});
    return;
  }
  if (event.kind != EventKind::audio) return;
  const auto& spans = playout_->audible();
  const std::size_t before = spans.size();
  const VirtualTime end_before = spans.empty() ? VirtualTime() : spans.back().end;
  const BytesView samples = trace::body_field(event.body, 1);
  const Duration queued = playout_->queued();
  note_underrun(index, at);
  if (at - playout_->playing_until() > Floor::kBreathMax) facts_.add(FloorFacts::Kind::agent_began_to_send, at);
  playout_->enqueue(at, samples);
  said_.sent(at, queued, playout_->queued() - queued);
  span_events_.resize(spans.size(), index);
  if (spans.size() > before || (!spans.empty() && spans.back().end > end_before)) {
    facts_.add(FloorFacts::Kind::agent_sent, at);
    timeline_.agent_sent.push_back(at);
    timeline_.acts.push_back(at);
  }
}

// Within one answer: the queue ran dry for at most kUnderrunGapMax, or for what is no more than a pause while the model
// was still sending the same answer.
void SpeechFold::note_underrun(EventIndex index, VirtualTime at) {
  const VirtualTime dry = playout_->playing_until();
  const bool is_first = std::exchange(is_cleared_, false);
  const bool is_new_answer =
      std::exchange(responses_at_sound_, timeline_.responses.size()) != timeline_.responses.size();
  if (is_first || is_new_answer || at <= dry || at - dry > Floor::kPauseMax) return;
  bool is_inside_answer = at - dry <= Playout::kUnderrunGapMax;
  if (!timeline_.responses.empty()) {
    const ModelResponse& response = timeline_.responses.back();
    const bool has_begun = response.first_audio && *response.first_audio <= dry;
    is_inside_answer = is_inside_answer || (has_begun && (!response.done || *response.done > dry));
  }
  if (is_inside_answer)
    timeline_.underruns.push_back({.at = dry, .event = index, .gap = at - dry + Playout::Options().start_delay});
}

void SpeechFold::caller_transcript(Words words) {
  timeline_.transcripts.push_back(words.at);
  caller_notes_.push_back(std::move(words));
}

void SpeechFold::finish_agent(VirtualTime end) {
  if (!playout_) return;
  const std::vector<Playout::Span>& spans = playout_->audible();
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (spans[i].begin >= end) break;
    const VirtualTime until = std::min(spans[i].end, end);
    facts_.add(FloorFacts::Kind::agent_audible_from, spans[i].begin);
    facts_.add(FloorFacts::Kind::agent_audible_until, until);
    timeline_.agent_heard.push_back({.begin = spans[i].begin, .end = until, .event = span_events_[i]});
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
  said_.finish(end, played(end));
  for (const std::vector<Words>* notes : {&own_notes_, &agent_notes_})
    timeline_.agent_words.insert(timeline_.agent_words.end(), notes->begin(), notes->end());
  std::stable_sort(timeline_.agent_words.begin(), timeline_.agent_words.end(),
                   [](const Words& a, const Words& b) { return a.at < b.at; });
  attach_from(own_notes_, timeline_.agent);
  attach_from(agent_notes_, timeline_.agent);
  if (!caller_own_notes_.empty()) return attach_from(caller_own_notes_, timeline_.caller);
  attach_after_the_fact();
}

// The model writes down what the caller said after it was said: to the last speech that had begun.
void SpeechFold::attach_after_the_fact() {
  std::size_t next = 0;
  Spoken* last = nullptr;
  for (const Words& note : caller_notes_) {
    for (; next < timeline_.caller.size() && timeline_.caller[next].begin <= note.at; ++next) {
      Spoken& spoken = timeline_.caller[next];
      if (spoken.begin != spoken.end) last = &spoken;
    }
    if (last != nullptr) append_words(last->text, note.text);
  }
}

// Notes and speech are in order, so one walk over both finds each note's speech.
void SpeechFold::attach_from(const std::vector<Words>& notes, std::vector<Spoken>& spoken) {
  std::size_t next = 0;
  bool has_words = !spoken.empty() && !spoken[0].text.empty();
  for (const Words& note : notes) {
    const auto is_passed = [&] { return spoken[next].end <= note.at || spoken[next].begin == spoken[next].end; };
    while (next < spoken.size() && is_passed()) {
      ++next;
      has_words = next < spoken.size() && !spoken[next].text.empty();
    }
    if (next == spoken.size()) return;
    if (!has_words) append_words(spoken[next].text, note.text);
  }
}

}  // namespace ringback::sim
