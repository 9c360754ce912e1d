#include "sim/peers/caller.h"

#include <algorithm>

#include "src/audio/tone.h"
#include "src/base/error.h"
#include "src/base/suggest.h"

namespace ringback::sim {

using audio::kFrame;
using trace::Origin;

CallerOptions parse_caller_options(const std::string& text) {
  constexpr Duration kTimeMax = seconds(24 * 3600);
  CallerOptions options;
  const auto parse_time = [&](std::string_view word, std::string_view key) {
    const std::string what = fmt::format("--caller: {}", key);
    const Duration time = parse_duration(word.substr(key.size() + 1), what);
    if (time <= Duration() || time > kTimeMax)
      fail("{}: expected a time above 0 and at most {}, found '{}'", what, to_text(kTimeMax), word);
    return time;
  };
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    const std::string_view word = std::string_view(text).substr(begin, comma - begin);
    begin = comma + 1;
    if (word == "open-loop") {
      options.open_loop = true;
    } else if (word.rfind("patience=", 0) == 0) {
      options.patience = parse_time(word, "patience");
    } else if (word.rfind("hello-after=", 0) == 0) {
      options.hello_after = parse_time(word, "hello-after");
    } else if (word != "turn-taking") {
      const std::string nearest =
          nearest_word(word.substr(0, word.find('=')), {"turn-taking", "open-loop", "patience", "hello-after"});
      fail("--caller: expected turn-taking, open-loop, patience=TIME or hello-after=TIME, found '{}'{}", word,
           nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest));
    }
  }
  return options;
}

CallerPeer::CallerPeer(const Parts& parts, const CallerPlan& plan, const CallerOptions& options)
    : kernel_(parts.kernel),
      lane_(parts.kernel.lane("caller")),
      floor_(parts.floor),
      watch_(parts.watch),
      control_(parts.control),
      caller_audio_(parts.caller_audio),
      agent_audio_(parts.agent_audio),
      plan_(plan),
      options_(options),
      inbox_(parts.kernel, parts.kernel.lane("agent/caller-inbox")),
      tick_timer_(parts.kernel),
      edge_timer_(parts.kernel) {
  if (plan.format.has_value()) {
    playout_.emplace(*plan.format);
    speech_.emplace(parts.recording, *plan.format);
    silent_frame_ = audio::silence(audio::frame_bytes(*plan.format), *plan.format);
  }
  if (caller_audio_ != nullptr) {
    // A fault presses keys while the caller speaks.
    caller_audio_->set_on_key([this](char key) {
      if (!is_over_) press(std::string(1, key), Origin::world);
    });
  }
}

void CallerPeer::start() {
  action_end_ = kernel_.now();
  // A caller who speaks first, at a time of their own, waits for nobody.
  const bool speaks_first = !plan_.actions.empty() && plan_.actions.front().cue.kind == CallerCue::Kind::at;
  if (!speaks_first) floor_.call_started(kernel_.now());
  control_.to_agent(trace::make_event({.origin = Origin::recorded}, trace::CallStarted{}), {}, {});
  tick();
}

void CallerPeer::stop() {
  is_over_ = true;
  tick_timer_.cancel();
  edge_timer_.cancel();
}

// --- what the caller does ---

void CallerPeer::tick() {
  const VirtualTime now = kernel_.now();
  if (is_speaking_ && speech_->is_at_end()) end_speech(now);
  if (!is_speaking_) begin_due_action(now);
  if (is_over_) return;
  speak(now);
  tick_timer_.schedule(now + kFrame, EventClass::timer, lane_, [this] { tick(); });
}

void CallerPeer::begin_due_action(VirtualTime now) {
  while (!is_over_ && !is_speaking_ && next_action_ < plan_.actions.size() &&
         is_due(plan_.actions[next_action_], now)) {
    begin(plan_.actions[next_action_++]);
  }
  if (!is_over_ && !is_speaking_ && is_time_for_hello(now)) say_hello();
  if (!is_over_ && !is_speaking_ && has_lost_patience(now)) end_call("caller", "patience");
}

bool CallerPeer::is_due(const CallerAction& action, VirtualTime now) const {
  if (options_.open_loop) return now >= action.recorded_at;
  const bool is_queued = playout_.has_value() && playout_->is_playing(now);
  const bool agent_done = agent_quiet_since_.has_value() && !hears_agent_ && !is_queued && !floor_.agent_owes();
  switch (action.cue.kind) {
    case CallerCue::Kind::at:
      return now.since_start() >= action.cue.offset;
    case CallerCue::Kind::continues:
      return now - action_end_ >= action.cue.offset;
    case CallerCue::Kind::follows:
      return agent_done && now - *agent_quiet_since_ >= action.cue.offset;
    case CallerCue::Kind::interrupts:
      if (hears_agent_ || is_between_words(now))
        return turn_heard_from_.has_value() && now - *turn_heard_from_ >= action.cue.offset;
      return agent_done && now - *agent_quiet_since_ >= kOrdinaryGap;
  }
  return false;
}

// Silent for a moment, with more to be heard.
bool CallerPeer::is_between_words(VirtualTime now) const {
  return playout_.has_value() && playout_->is_playing(now) && agent_quiet_since_.has_value() &&
         now - *agent_quiet_since_ <= Floor::kBreathMax;
}

bool CallerPeer::has_lost_patience(VirtualTime now) const {
  if (const std::optional<VirtualTime> since = floor_.waiting_since()) return now - *since >= options_.patience;
  if (options_.open_loop || hears_agent_ || agent_quiet_since_.has_value()) return false;
  // Nothing is owed, but the cue is to hear the agent, and the line is dead.
  const bool waits_for_agent =
      next_action_ < plan_.actions.size() && (plan_.actions[next_action_].cue.kind == CallerCue::Kind::follows ||
                                              plan_.actions[next_action_].cue.kind == CallerCue::Kind::interrupts);
  return waits_for_agent && now - action_end_ >= options_.patience;
}

bool CallerPeer::is_time_for_hello(VirtualTime now) const {
  const std::optional<VirtualTime> since = floor_.waiting_since();
  return options_.hello_after.has_value() && since.has_value() && hellos_ < kHellosMax &&
         now - *since >= *options_.hello_after;
}

void CallerPeer::say_hello() {
  const VirtualTime now = kernel_.now();
  ++hellos_;
  action_end_ = now;
  turn_heard_from_.reset();
  agent_quiet_since_.reset();
  floor_.caller_started(now);
  if (caller_audio_ == nullptr) {
    floor_.caller_stopped(now);
    send_typed(std::string(kHello), Origin::stub);
    return;
  }
  caller_audio_->note(trace::make_event({.direction = trace::Direction::to_agent, .origin = Origin::stub},
                                        trace::Text{std::string(kHello)}));
  hello_.made_up = audio::tone_speech(kHello, *plan_.format);
  const std::size_t frame = silent_frame_.size();
  hello_.made_up.append(audio::silence((frame - hello_.made_up.size() % frame) % frame, *plan_.format));
  hello_.length = hello_.made_up.size();
  speech_->begin(hello_);
  is_speaking_ = true;
  says_hello_ = true;
}

void CallerPeer::send_typed(const std::string& text, Origin origin) {
  control_.to_agent(trace::make_event({.origin = origin}, trace::Text{text}), {},
                    [this](const trace::Event& event, Delivery) {
                      inbox_.push(CallerText{trace::body_of<trace::Text>(event).text});
                    });
}

void CallerPeer::begin(const CallerAction& action) {
  const VirtualTime now = kernel_.now();
  hellos_ = 0;
  turn_heard_from_.reset();
  agent_quiet_since_.reset();
  action_end_ = now;
  if (const auto* utterance = std::get_if<Utterance>(&action.what)) {
    speech_->begin(*utterance);
    is_speaking_ = true;
    says_hello_ = false;
    floor_.caller_started(now);
  } else if (const auto* turn = std::get_if<TypedTurn>(&action.what)) {
    floor_.caller_started(now);
    floor_.caller_stopped(now);
    send_typed(turn->text, Origin::recorded);
  } else if (const auto* key = std::get_if<Keypad>(&action.what)) {
    floor_.caller_started(now);
    floor_.caller_stopped(now);
    press(key->digit, Origin::recorded);
  } else {
    end_call("caller", "");
  }
}

void CallerPeer::press(const std::string& digit, Origin origin) {
  control_.to_agent(trace::make_event({.origin = origin}, trace::Dtmf{digit}), {},
                    [this](const trace::Event& event, Delivery) {
                      inbox_.push(CallerDigit{trace::body_of<trace::Dtmf>(event).digit});
                    });
}

void CallerPeer::speak(VirtualTime) {
  if (caller_audio_ == nullptr) return;
  const Origin origin = !is_speaking_ ? Origin::world : says_hello_ ? Origin::stub : Origin::recorded;
  Bytes frame = is_speaking_ ? speech_->take(silent_frame_.size()) : silent_frame_;
  caller_audio_->to_agent(trace::make_event({.origin = origin}, trace::Audio{std::move(frame)}), {},
                          [this](const trace::Event& event, Delivery) {
                            inbox_.push(CallerAudio{Bytes(trace::body_field(event.body, 1))});
                          });
}

void CallerPeer::end_speech(VirtualTime now) {
  is_speaking_ = false;
  action_end_ = now;
  turn_heard_from_.reset();
  agent_quiet_since_.reset();
  floor_.caller_stopped(now);
}

void CallerPeer::end_call(const std::string& by, const std::string& reason) {
  if (is_over_) return;
  stop();
  const bool by_agent = by == "agent";
  trace::Event event = trace::make_event({.origin = by_agent         ? Origin::agent
                                                    : reason.empty() ? Origin::recorded
                                                                     : Origin::world},
                                         trace::HungUp{.by = by, .reason = reason});
  if (by_agent) {
    control_.from_agent(std::move(event), {}, {});
  } else {
    control_.to_agent(std::move(event), {}, {});
    inbox_.push(CallerHungUp{});
  }
  inbox_.close();
  watch_.call_ended(reason.empty() ? by : reason);
}

// --- what the agent does at the media edge ---

void CallerPeer::send_audio(Bytes samples) {
  if (is_over_ || agent_audio_ == nullptr) return;
  agent_audio_->from_agent(trace::make_event({.origin = Origin::agent}, trace::Audio{std::move(samples)}), {},
                           [this](const trace::Event& event, Delivery) {
                             if (is_over_) return;
                             if (on_agent_said_) on_agent_said_();
                             const BytesView heard = trace::body_field(event.body, 1);
                             const std::size_t spans_before = playout_->audible().size();
                             const VirtualTime end_before =
                                 spans_before == 0 ? VirtualTime() : playout_->audible().back().end;
                             if (kernel_.now() - playout_->playing_until() > Floor::kBreathMax)
                               floor_.agent_began_to_send(kernel_.now());
                             playout_->enqueue(kernel_.now(), heard);
                             const auto& spans = playout_->audible();
                             if (spans.size() > spans_before || (!spans.empty() && spans.back().end > end_before)) {
                               floor_.agent_sent(kernel_.now());
                             }
                             follow_playout();
                           });
}

void CallerPeer::send_transcript(std::string text) {
  if (is_over_ || agent_audio_ == nullptr) return;
  agent_audio_->from_agent(trace::make_event({.origin = Origin::agent}, trace::Text{std::move(text)}), {}, {});
}

void CallerPeer::send_text(std::string text) {
  if (is_over_) return;
  control_.from_agent(trace::make_event({.origin = Origin::agent}, trace::Text{std::move(text)}), {},
                      [this](const trace::Event&, Delivery) {
                        const VirtualTime now = kernel_.now();
                        if (on_agent_said_) on_agent_said_();
                        floor_.agent_sent(now);
                        floor_.agent_audible_from(now);
                        if (!agent_first_heard_.has_value()) agent_first_heard_ = now;
                        floor_.agent_audible_until(now);
                        if (!turn_heard_from_.has_value()) turn_heard_from_ = now;
                        agent_quiet_since_ = now;
                      });
}

void CallerPeer::send_mark(std::string name) {
  if (is_over_ || !playout_.has_value()) return;
  control_.from_agent(trace::make_event({.origin = Origin::agent}, trace::Mark{std::move(name)}), {},
                      [this](const trace::Event& event, Delivery) {
                        playout_->mark(kernel_.now(), trace::body_of<trace::Mark>(event).name);
                        follow_playout();
                      });
}

void CallerPeer::clear() {
  if (is_over_ || !playout_.has_value()) return;
  control_.from_agent(trace::make_event({.origin = Origin::agent}, trace::Clear{}), {},
                      [this](const trace::Event&, Delivery) {
                        playout_->clear(kernel_.now());
                        follow_playout();
                      });
}

void CallerPeer::hang_up() { end_call("agent", ""); }

// --- what is heard ---

void CallerPeer::follow_playout() {
  const VirtualTime now = kernel_.now();
  hear_until(now);
  hand_out_marks();
  std::optional<VirtualTime> next = playout_->next_mark_at();
  const auto& spans = playout_->audible();
  if (spans_heard_ < spans.size()) {
    const VirtualTime edge = hears_agent_ ? spans[spans_heard_].end : spans[spans_heard_].begin;
    if (!next.has_value() || edge < *next) next = edge;
  }
  edge_timer_.cancel();
  if (next.has_value())
    edge_timer_.schedule(std::max(*next, now), EventClass::timer, lane_, [this] { follow_playout(); });
}

void CallerPeer::hear_until(VirtualTime now) {
  const auto& spans = playout_->audible();
  spans_heard_ = std::min(spans_heard_, spans.size());
  // More sound may have come at the very moment the last span ended, and made it longer.
  if (!hears_agent_ && spans_heard_ > 0 && spans[spans_heard_ - 1].end > now) --spans_heard_;
  for (;;) {
    if (hears_agent_) {
      // A clear may have cut the span that is being heard, or taken it away altogether.
      if (spans_heard_ < spans.size() && spans[spans_heard_].end > now) return;
      if (spans_heard_ < spans.size()) ++spans_heard_;
      hears_agent_ = false;
      floor_.agent_audible_until(now);
      agent_quiet_since_ = now;
    }
    if (spans_heard_ >= spans.size() || spans[spans_heard_].begin > now) return;
    hears_agent_ = true;
    floor_.agent_audible_from(now);
    if (!agent_first_heard_.has_value()) agent_first_heard_ = now;
    if (!turn_heard_from_.has_value()) turn_heard_from_ = now;
  }
}

void CallerPeer::hand_out_marks() {
  for (audio::Playout::DueMark& mark : playout_->take_due_marks(kernel_.now())) {
    control_.to_agent(trace::make_event({.origin = Origin::world}, trace::MarkPlayed{mark.name}), {},
                      [this](const trace::Event& event, Delivery) {
                        inbox_.push(CallerMarkPlayed{trace::body_of<trace::MarkPlayed>(event).name});
                      });
  }
}

}  // namespace ringback::sim
