#include "sim/faults/injector.h"

#include <algorithm>

#include "sim/faults/check_schedule.h"
#include "sim/faults/injector_state.h"
#include "src/base/error.h"
#include "src/base/hash.h"

namespace ringback::sim {

using trace::Direction;
using trace::EventKind;

namespace {

// Actions that fall on samples: their window and frames are a matter of samples, not of events.
bool falls_on_samples(const Action& action) {
  return action.name == ActionName::silence || action.name == ActionName::garble || action.name == ActionName::clip ||
         action.name == ActionName::drop;
}

}  // namespace

bool is_stream_event(const trace::Event& event) {
  return event.kind == EventKind::message || event.kind == EventKind::binary || event.kind == EventKind::response ||
         event.kind == EventKind::response_part;
}

bool is_of_request(const trace::Event& event) {
  return event.kind == EventKind::request || event.kind == EventKind::response ||
         event.kind == EventKind::response_part || event.kind == EventKind::failed;
}

std::size_t payload_size(const trace::Event& event) {
  constexpr std::uint8_t kFirstField = 1;
  constexpr std::uint8_t kExchangeBodyField = 2;
  const bool is_exchange = event.kind == EventKind::response || event.kind == EventKind::request;
  return trace::body_field(event.body, is_exchange ? kExchangeBodyField : kFirstField).size();
}

LinkVerdict Injector::State::judge(const Crossing& crossing) {
  Lane& lane = lane_of(crossing);
  const std::uint32_t exchange = crossing.event.exchange;
  const bool is_to_agent = crossing.event.direction == Direction::to_agent;
  const bool counts = exchange != 0 && is_to_agent && !lane.faults.empty();
  Case present{.crossing = crossing, .progress = counts ? lane.progress[exchange] : Progress()};
  for (const Selected& selected : lane.faults) apply(selected, lane, present);
  if (counts && is_stream_event(crossing.event)) {
    Progress& progress = lane.progress[exchange];
    ++progress.events;
    progress.bytes += payload_size(crossing.event);
    if (crossing.token != 0) progress.tokens = crossing.token;
  }
  if (is_to_agent && present.verdict.fate != LinkVerdict::Fate::drop)
    lane.is_holding = present.verdict.fate == LinkVerdict::Fate::hold;
  return std::move(present.verdict);
}

Injector::State::Lane& Injector::State::lane_of(const Crossing& crossing) {
  const auto known = lanes_.find(crossing.channel);
  if (known != lanes_.end()) return known->second;
  Lane& lane = lanes_[std::string(crossing.channel)];
  for (std::size_t i = 0; i < schedule_.faults.size(); ++i) {
    const Fault& fault = schedule_.faults[i];
    if (!selects(fault.where, crossing.channel)) continue;
    const ActionRow* row = row_for(fault.action.name, crossing.channel_kind);
    if (row != nullptr && row->is_available && has_argument_for(*row, fault.action))
      lane.faults.push_back({i, row->family});
  }
  return lane;
}

void Injector::State::apply(const Selected& selected, Lane& lane, Case& present) {
  const ActionName name = schedule_.faults[selected.index].action.name;
  if (present.verdict.fate == LinkVerdict::Fate::close) return;
  const bool is_cut = selected.family == Family::model && (name == ActionName::cut || name == ActionName::reset);
  if (present.verdict.fate == LinkVerdict::Fate::drop && !is_cut) return;
  switch (selected.family) {
    case Family::tool:
      return apply_tool(selected.index, present);
    case Family::model:
      return apply_model(selected.index, lane, present);
    case Family::audio:
      return apply_audio(selected.index, present);
    case Family::transport:
      return apply_transport(selected.index, present);
    case Family::process:
      return apply_process(selected.index, present);
    case Family::bus:
      return;
  }
}

// A process is struck once: what the fault names may cross again and again.
void Injector::State::apply_process(std::size_t index, Case& present) {
  if (fired_[index] > 0 || !matches(index, present)) return;
  present.verdict.blows.push_back(index);
  note(index, "the agent's process", present);
}

// --- what all share ---

void Injector::State::delay(std::size_t index, Duration delay, Case& present) {
  present.verdict.delay += delay;
  note(index, fmt::format("{} later", ringback::to_text(delay)), present);
}

// The text in the place of the message's, or of the answer's body.
void Injector::State::replace_text(std::size_t index, Bytes text, std::string detail, Case& present) {
  trace::Event changed = present.event();
  if (changed.kind == EventKind::response) {
    auto response = trace::body_of<trace::Response>(changed);
    response.body = std::move(text);
    changed.body = trace::encode_body(response);
  } else if (changed.kind == EventKind::response_part) {
    changed.body = trace::encode_body(trace::ResponsePart{.body = std::move(text)});
  } else {
    changed.kind = EventKind::message;
    changed.body = trace::encode_body(trace::Message{.text = std::move(text)});
  }
  present.verdict.replacement = std::move(changed);
  note(index, std::move(detail), present);
}

void Injector::State::close(std::size_t index, std::int64_t code, Case& present) {
  present.verdict.fate = LinkVerdict::Fate::close;
  present.verdict.close_code = code;
  note(index, fmt::format("closed with {}", code), present);
}

void Injector::State::swallow(std::size_t index, std::string detail, Case& present) {
  present.verdict.fate = LinkVerdict::Fate::drop;
  note(index, std::move(detail), present);
}

void Injector::State::note(std::size_t index, std::string detail, Case& present) {
  ++fired_[index];
  present.verdict.acted.push_back({index, std::move(detail)});
}

// What cannot be asked twice comes last: an occurrence is counted, a point in time is spent.
bool Injector::State::matches(std::size_t index, const Case& present) {
  const Fault& fault = schedule_.faults[index];
  const Crossing& crossing = present.crossing;
  if (!is_at_position(fault.at, present)) return false;
  const bool by_sample = falls_on_samples(fault.action);
  if (!by_sample && !is_at_time(index, present)) return false;
  if (fault.at.probability && !is_drawn(fault, crossing)) return false;
  if (!by_sample && fault.at.time && !fault.at.duration) memories_[index].spent.insert(std::string(crossing.channel));
  return !fault.at.occurrence || fault.at.occurrence->contains(occurrence_of(index, crossing));
}

bool Injector::State::is_at_position(const Anchor& at, const Case& present) const {
  const Crossing& crossing = present.crossing;
  const std::uint32_t exchange = crossing.event.exchange;
  if (at.call && (exchange == 0 || !at.call->contains(exchange))) return false;
  if (at.response && (exchange == 0 || !at.response->contains(exchange))) return false;
  if (at.event) {
    const std::uint64_t number = at.response ? present.progress.events + 1 : crossing.event_number;
    if (!present.is_to_agent() || !at.event->contains(number)) return false;
  }
  if (at.token && (crossing.token == 0 || !at.token->contains(crossing.token))) return false;
  if (at.byte) {
    const std::uint64_t first = present.progress.bytes;
    const std::uint64_t end = first + payload_size(crossing.event);
    if (exchange == 0 || first == end || end <= at.byte->first || first > at.byte->last) return false;
  }
  return true;
}

bool Injector::State::is_at_time(std::size_t index, const Case& present) const {
  const Anchor& at = schedule_.faults[index].at;
  if (!at.time) return true;
  if (present.crossing.at < *at.time) return false;
  if (at.duration) return present.crossing.at < *at.time + *at.duration;
  return !memories_[index].spent.contains(present.crossing.channel);
}

// All events of an exchange share one draw; where there is no exchange, every event has its own.
bool Injector::State::is_drawn(const Fault& fault, const Crossing& crossing) const {
  const bool has_exchange = crossing.event.exchange != 0;
  const std::uint64_t number = has_exchange ? crossing.event.exchange : crossing.event_number;
  const char sort = has_exchange ? 'x' : crossing.event.direction == Direction::to_agent ? 't' : 'f';
  const std::uint64_t index = hash64(fmt::format("{}/{}/{}", sort, number, crossing.channel));
  return draws_of(fault, "probability").chance(index, *fault.at.probability);
}

RandomStream Injector::State::draws_of(const Fault& fault, std::string_view purpose) const {
  return RandomStream({.seed = seed_, .domain = "fault", .entity = fault.id, .purpose = purpose});
}

std::uint64_t Injector::State::occurrence_of(std::size_t index, const Crossing& crossing) {
  Memory& memory = memories_[index];
  if (crossing.event.exchange == 0) return ++memory.occurrences_seen;
  const auto [known, is_new] = memory.occurrences.emplace(key_of(crossing), memory.occurrences_seen + 1);
  if (is_new) ++memory.occurrences_seen;
  return known->second;
}

Injector::Injector(const Schedule& schedule, Seed seed) : state_(std::make_unique<State>(schedule, seed)) {
  const std::optional<std::string> unsupported = first_unsupported(schedule);
  RINGBACK_CHECK(!unsupported, "only a schedule that passed first_unsupported is run: {}", *unsupported);
}

Injector::~Injector() = default;

LinkVerdict Injector::judge(const Crossing& crossing) { return state_->judge(crossing); }
LinkVerdict Injector::preview(const Crossing& crossing) const { return State(*state_).judge(crossing); }
bool Injector::may_act_on(std::string_view channel) const {
  const std::vector<Fault>& faults = schedule().faults;
  return std::any_of(faults.begin(), faults.end(), [&](const Fault& fault) { return selects(fault.where, channel); });
}
const Schedule& Injector::schedule() const { return state_->schedule(); }
const std::vector<std::uint64_t>& Injector::fired() const { return state_->fired(); }

}  // namespace ringback::sim
