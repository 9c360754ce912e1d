#include "sim/dialog/floor.h"

#include "src/base/error.h"

namespace ringback::sim {

void Floor::advance(VirtualTime at) {
  RINGBACK_CHECK(!finished_, "nothing happens on the floor after the call, at {} ns", at.ns());
  RINGBACK_CHECK(at >= now_, "facts come in time order: {} ns after {} ns", at.ns(), now_.ns());
  now_ = at;
}

bool Floor::was_heard_within(Duration pause) const {
  return agent_is_audible_ || (heard_until_.has_value() && now_ - *heard_until_ <= pause);
}

void Floor::call_started(VirtualTime at) {
  advance(at);
  nobody_heard_ = true;
  turn_debt_ = true;
  settle();
}

void Floor::caller_started(VirtualTime at) {
  advance(at);
  if (caller_speaks_) return;
  if (nobody_heard_) {
    nobody_heard_ = turn_debt_ = false;
    waiting_since_.reset();
  }
  caller_speaks_ = true;
  caller_since_ = at;
  if (turn_is_unheard_ && at - turns_.back().end <= kPauseMax) {
    caller_since_ = turns_.back().begin;
    turns_.pop_back();
  }
  turn_is_unheard_ = false;
  talked_over_ = was_heard_within(kBreathMax);
  tail_since_.reset();
  quiet_since_.reset();
  settle();
}

void Floor::caller_stopped(VirtualTime at) {
  advance(at);
  if (!caller_speaks_) return;
  caller_speaks_ = false;
  talked_over_ = talked_over_ && was_heard_within(kBreathMax);
  // An agent that began while the caller spoke is answering already.
  turn_debt_ = !agent_is_audible_ || talked_over_;
  if (talked_over_) tail_since_ = at;
  turns_.push_back({.begin = caller_since_, .end = at});
  turn_is_unheard_ = true;
  if (!turn_debt_) answer_turn();
  settle();
}

void Floor::answer_turn() {
  if (!turn_is_unheard_) return;
  turns_.back().heard = now_;
  turn_is_unheard_ = false;
}

void Floor::agent_began_to_send(VirtualTime at) {
  advance(at);
  sending_since_ = at;
}

void Floor::agent_sent(VirtualTime at) {
  advance(at);
  if (left_debt_ && sending_since_ && *sending_since_ >= debt_since_) spoke_anew_ = true;
  sent_since_response_ = true;
  // It will be heard right behind what is playing. Without a response since the debt this may be the rest of one that
  // was lost. With speech of another service the response may be over long before its sound comes.
  if ((responses_ > 0 || began_anew_) && was_heard_within(kPauseMax)) left_debt_ = false;
  if (responses_ > 0 && agent_is_audible_ && !tail_since_) answer_turn();
}

void Floor::agent_audible_from(VirtualTime at) {
  advance(at);
  if (agent_is_audible_) return;
  nobody_heard_ = false;
  if (quiet_since_ && at - *quiet_since_ > kPauseMax)
    waits_.push_back({.begin = *quiet_since_, .end = at, .cause = Wait::Cause::inside_answer});
  quiet_since_.reset();
  if (!was_heard_within(kBreathMax)) {
    talked_over_ = false;
    tail_since_.reset();
  }
  if (spoke_anew_ || !was_heard_within(kPauseMax)) left_debt_ = false;
  if (!tail_since_) {
    turn_debt_ = false;
    answer_turn();
  }
  agent_is_audible_ = true;
  audible_since_ = at;
  settle();
}

void Floor::agent_audible_until(VirtualTime at) {
  advance(at);
  if (!agent_is_audible_) return;
  agent_is_audible_ = false;
  if (at == audible_since_) {
    // A text is read whole, it goes on from nothing and into nothing.
    turn_debt_ = left_debt_ = false;
    answer_turn();
  } else {
    heard_until_ = at;
  }
  if (tail_since_ && at - *tail_since_ > kTailMax) {
    turn_debt_ = false;
    tail_since_.reset();
    if (turn_is_unheard_) turns_.pop_back();  // the agent talked on through it
    turn_is_unheard_ = false;
  }
  if (!agent_owes() && !caller_speaks_) quiet_since_ = at;
  settle();
}

void Floor::pending_opened(Pending what, VirtualTime at) {
  advance(at);
  quiet_since_.reset();
  if (what == Pending::call) {
    ++calls_;
    called_since_response_ = true;
  } else {
    if (responses_ == 0) sent_since_response_ = called_since_response_ = false;
    ++responses_;
    began_anew_ = true;
    // From here on the response answers for the turn.
    if (tail_since_ && was_heard_within(kBreathMax)) turn_debt_ = false;
    tail_since_.reset();
  }
  settle();
}

void Floor::pending_closed(Pending what, VirtualTime at) {
  advance(at);
  if (what == Pending::call) {
    if (calls_ == 0) return;
    --calls_;
    // Whoever answers a call has to let the caller know; until then the wait that is going on goes on.
    if (!was_heard_within(kBreathMax)) leave_debt();
  } else {
    if (responses_ == 0) return;
    --responses_;
    // A response that only calls a function leaves the owing to the call. One of text alone is spoken by another
    // service: what is sent from now on settles it.
    if (!sent_since_response_ && !called_since_response_) owe_from_now_on();
  }
  settle();
}

void Floor::connection_lost(VirtualTime at) {
  advance(at);
  if (responses_ > 0 || calls_ > 0) leave_debt();
  responses_ = 0;
  calls_ = 0;
  quiet_since_.reset();  // what is said now is about that
  settle();
}

void Floor::finish(VirtualTime at) {
  advance(at);
  caller_speaks_ = true;  // nobody waits any more
  settle();
  finished_ = true;
}

bool Floor::agent_owes() const { return turn_debt_ || left_debt_ || responses_ > 0 || calls_ > 0; }

Wait::Cause Floor::cause_now() const {
  if (nobody_heard_) return Wait::Cause::call_start;
  if (turn_debt_) return Wait::Cause::caller_turn;
  if (responses_ > 0 && calls_ == 0 && !left_debt_ && sent_since_response_) return Wait::Cause::inside_answer;
  return Wait::Cause::pending;
}

void Floor::leave_debt() {
  owe_from_now_on();
  began_anew_ = false;
}

void Floor::owe_from_now_on() {
  left_debt_ = true;
  debt_since_ = now_;
  spoke_anew_ = false;
}

void Floor::settle() {
  const bool waits = agent_owes() && !agent_is_audible_ && !caller_speaks_;
  if (waits && !waiting_since_) {
    waiting_since_ = now_;
    cause_ = cause_now();
  } else if (!waits && waiting_since_) {
    const Wait wait{.begin = *waiting_since_, .end = now_, .cause = cause_};
    waiting_since_.reset();
    const Duration least = cause_ == Wait::Cause::inside_answer ? kPauseMax : Duration{};
    if (wait.length() > least) waits_.push_back(wait);
  }
}

}  // namespace ringback::sim
