#include "sim/peers/caller_plan.h"

#include <algorithm>
#include <deque>

#include "src/audio/level.h"
#include "src/audio/playout.h"
#include "src/audio/speech_detector.h"
#include "src/base/error.h"

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
    const auto going_on = first_not_over(at);
    if (going_on != spans.begin()) end = std::prev(going_on)->end;
    const auto later = std::upper_bound(texts.begin(), texts.end(), at);
    if (later != texts.begin() && (!end.has_value() || *std::prev(later) > *end)) end = *std::prev(later);
    return end;
  }
  // In the middle of what it says; a pause between words belongs to it. So does the moment at which it stops itself: a
  // key silences it at once.
  bool is_talking(VirtualTime at) const {
    const auto next = first_not_over(at);
    if (next != spans.end() && next->begin <= at) return true;
    if (next != spans.end() && next != spans.begin() && next->begin - std::prev(next)->end <= kPauseMax) return true;
    const auto pause = std::lower_bound(cut_pauses.begin(), cut_pauses.end(), at,
                                        [](const Playout::Span& each, VirtualTime when) { return each.end < when; });
    return pause != cut_pauses.end() && pause->begin <= at;
  }
  // The first sound after `after`: where the agent's turn began that was going on later.
  std::optional<VirtualTime> first_begin_after(VirtualTime after) const {
    const auto span = std::lower_bound(spans.begin(), spans.end(), after,
                                       [](const Playout::Span& each, VirtualTime at) { return each.begin < at; });
    return span == spans.end() ? std::nullopt : std::optional(span->begin);
  }

 private:
  std::vector<Playout::Span>::const_iterator first_not_over(VirtualTime at) const {
    return std::upper_bound(spans.begin(), spans.end(), at,
                            [](VirtualTime when, const Playout::Span& each) { return when < each.end; });
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
  for (auto each = recording.events.begin(); each.index() < recording.events.size(); ++each) {
    latest = std::max(latest, each.time());
    const bool on_caller = caller != nullptr && each.channel() == caller->id;
    if (!on_caller && (agent_audio == nullptr || each.channel() != agent_audio->id)) continue;
    const trace::Event& event = *each;
    if (event.direction != trace::Direction::from_agent) continue;
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

// Cuts the caller's track into utterances, event by event. An event that is late or missing does not shift what
// follows: each is placed at its own time where that is later than the end of the one before. A gap of more than a
// second, which ends any speech, begins a new stretch of the track.
class TrackCutter {
 public:
  TrackCutter(const audio::Format& format, std::vector<Placed>& utterances)
      : format_(format), utterances_(utterances) {}

  void take(std::size_t event, VirtualTime at, BytesView samples) {
    constexpr Duration kGapMax = seconds(1);
    if (detector_.has_value()) {
      const VirtualTime end = start_ + audio::duration_of(fed_, format_);
      const Duration gap = at > end ? at - end : Duration();
      if (gap > kGapMax) {
        finish();
      } else {
        const std::size_t frame = audio::frame_bytes(format_);
        const std::size_t missing = audio::bytes_for(gap, format_) / frame * frame;
        if (missing > 0) put({.event = Utterance::Piece::kSilence, .length = missing}, silence(missing));
      }
    }
    if (!detector_.has_value()) {
      start_ = at;
      detector_.emplace(format_);
    }
    put({.event = event, .length = samples.size()}, samples);
  }

  // Speech up to the end is found by a silence behind it.
  void finish() {
    if (!detector_.has_value()) return;
    feed(silence(audio::bytes_for(seconds(1), format_)));
    detector_.reset();
    recent_.clear();
    fed_ = 0;
  }

 private:
  struct Recent {
    std::size_t begin = 0;  // octets of the stretch before it
    Utterance::Piece piece;
  };

  Bytes silence(std::size_t length) const { return audio::silence(length, format_); }

  void put(const Utterance::Piece& piece, BytesView samples) {
    // No onset lies further back.
    const std::size_t kept = audio::bytes_for(seconds(2), format_);
    while (!recent_.empty() && recent_.front().begin + recent_.front().piece.length + kept < fed_) recent_.pop_front();
    recent_.push_back({.begin = fed_, .piece = piece});
    if (begin_.has_value()) append(piece);
    fed_ += piece.length;
    feed(samples);
  }

  void feed(BytesView samples) {
    edges_.clear();
    detector_->feed(samples, edges_);
    for (const audio::SpeechDetector::Edge& edge : edges_) edge.speech ? begin(edge.at) : end(edge.at);
  }

  void begin(Duration at) {
    begin_ = at;
    speech_ = {};
    const std::size_t first = audio::bytes_for(at, format_);
    for (const Recent& recent : recent_) {
      if (recent.begin + recent.piece.length <= first) continue;
      Utterance::Piece piece = recent.piece;
      const std::size_t before = first > recent.begin ? first - recent.begin : 0;
      if (piece.event != Utterance::Piece::kSilence) piece.offset = before;
      piece.length -= before;
      append(piece);
    }
  }

  // Sound that goes on from event to event is one piece.
  void append(const Utterance::Piece& piece) {
    speech_.length += piece.length;
    const bool goes_on =
        !speech_.pieces.empty() && piece.offset == 0 &&
        (speech_.pieces.back().event == Utterance::Piece::kSilence) == (piece.event == Utterance::Piece::kSilence);
    if (goes_on) {
      speech_.pieces.back().length += piece.length;
    } else {
      speech_.pieces.push_back(piece);
    }
  }

  void end(Duration at) {
    const std::size_t length = audio::bytes_for(at, format_) - audio::bytes_for(*begin_, format_);
    while (speech_.length > length) {
      Utterance::Piece& last = speech_.pieces.back();
      const std::size_t behind = std::min(last.length, speech_.length - length);
      last.length -= behind;
      speech_.length -= behind;
      if (last.length == 0) speech_.pieces.pop_back();
    }
    utterances_.push_back({.at = start_ + *begin_, .end = start_ + at, .what = std::move(speech_)});
    begin_.reset();
  }

  audio::Format format_;
  std::vector<Placed>& utterances_;
  std::optional<audio::SpeechDetector> detector_;  // of this stretch; nothing between stretches
  std::vector<audio::SpeechDetector::Edge> edges_;
  VirtualTime start_;
  std::size_t fed_ = 0;
  std::deque<Recent> recent_;
  std::optional<Duration> begin_;  // of the speech that is going on
  Utterance speech_;
};

std::vector<Placed> cut_utterances(const trace::Trace& recording, const audio::Format& format) {
  const trace::ChannelId track = recording.channels.find("caller.audio")->id;
  std::vector<Placed> utterances;
  TrackCutter cutter(format, utterances);
  VirtualTime latest;
  for (auto each = recording.events.begin(); each.index() < recording.events.size(); ++each) {
    if (each.channel() != track || each->kind != trace::EventKind::audio) continue;
    latest = std::max(latest, each->at);
    cutter.take(each.index(), latest, trace::body_field(each->body, 1));
  }
  cutter.finish();
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
  for (auto each = recording.events.begin(); each.index() < recording.events.size(); ++each) {
    latest = std::max(latest, each.time());
    if (each.channel() != caller->id) continue;
    const trace::Event& event = *each;
    if (event.direction != trace::Direction::to_agent) continue;
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

UtteranceReader::UtteranceReader(const trace::Trace& recording, const audio::Format& format)
    : format_(format), at_(recording.events.begin()) {
  const trace::Channel* track = recording.channels.find("caller.audio");
  if (track != nullptr) track_ = track->id;
}

void UtteranceReader::begin(const Utterance& utterance) {
  utterance_ = &utterance;
  taken_ = piece_ = taken_of_piece_ = 0;
}

Bytes UtteranceReader::take(std::size_t length) {
  RINGBACK_CHECK(length <= utterance_->length - taken_, "an utterance of {} octets has no {} behind {}",
                 utterance_->length, length, taken_);
  Bytes out;
  if (!utterance_->made_up.empty()) {
    out = utterance_->made_up.substr(taken_, length);
  } else {
    out.reserve(length);
    while (out.size() < length) {
      take_from_piece(length - out.size(), out);
      if (taken_of_piece_ < utterance_->pieces[piece_].length) continue;
      ++piece_;
      taken_of_piece_ = 0;
    }
  }
  taken_ += length;
  return out;
}

// At most `length`, from one event.
void UtteranceReader::take_from_piece(std::size_t length, Bytes& out) {
  const Utterance::Piece& piece = utterance_->pieces[piece_];
  length = std::min(length, piece.length - taken_of_piece_);
  if (piece.event == Utterance::Piece::kSilence) {
    out.append(audio::silence(length, format_));
    taken_of_piece_ += length;
    return;
  }
  if (taken_of_piece_ == 0) {
    at_.seek(piece.event);
    event_rest_ = trace::body_field(at_->body, 1).substr(piece.offset);
  }
  while (event_rest_.empty()) {
    do {
      ++at_;
    } while (at_.channel() != track_ || at_->kind != trace::EventKind::audio);
    event_rest_ = trace::body_field(at_->body, 1);
  }
  const BytesView taken = event_rest_.substr(0, length);
  out.append(taken);
  event_rest_.remove_prefix(taken.size());
  taken_of_piece_ += taken.size();
}

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
