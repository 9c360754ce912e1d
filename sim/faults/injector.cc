#include "sim/faults/injector.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "sim/faults/actions.h"
#include "sim/faults/check_schedule.h"
#include "sim/faults/silence.h"
#include "sim/faults/tool_answer.h"
#include "src/base/error.h"
#include "src/base/hash.h"

namespace ringback::sim {
namespace {

using trace::Direction;
using trace::EventKind;

constexpr std::int64_t kAbnormalClosure = 1006;  // RFC 6455, 7.4.1: no close frame was seen

bool is_stream_event(const trace::Event& event) {
  return event.kind == EventKind::message || event.kind == EventKind::binary || event.kind == EventKind::response ||
         event.kind == EventKind::response_part;
}

// Octets that the stream carries for this event: of a message its text, of the others their first bytes field of that
// role.
std::size_t payload_size(const trace::Event& event) {
  constexpr std::uint8_t kFirstField = 1;
  constexpr std::uint8_t kResponseBodyField = 2;
  return trace::body_field(event.body, event.kind == EventKind::response ? kResponseBodyField : kFirstField).size();
}

// A cut that names only a time breaks the connection for both sides: whoever sends first notices.
bool is_about_connection(const Anchor& at) { return at.time && !at.response && !at.event && !at.token && !at.byte; }

}  // namespace

class Injector::State {
 public:
  State(const Schedule& schedule, Seed seed)
      : schedule_(schedule), seed_(seed), fired_(schedule.faults.size()), memories_(fired_.size()) {}

  LinkVerdict judge(const Crossing& crossing);
  const Schedule& schedule() const { return schedule_; }
  const std::vector<std::uint64_t>& fired() const { return fired_; }

 private:
  // What crossed to the agent in one exchange before the present event.
  struct Progress {
    std::uint64_t events = 0;
    std::uint64_t tokens = 0;
    std::uint64_t bytes = 0;
  };
  // One concrete channel.
  struct Lane {
    std::vector<std::size_t> faults;  // those that select it, in the order of the schedule
    std::map<std::uint32_t, Progress> progress;
  };
  using ExchangeKey = std::pair<std::string, std::uint32_t>;  // channel and exchange
  // What one fault has to remember.
  struct Memory {
    std::set<std::string, std::less<>> spent;          // channels on which its point in time is over
    std::set<ExchangeKey> taken;                       // exchanges that it cut, stalled, or keeps from the agent
    std::map<ExchangeKey, std::uint64_t> occurrences;  // the number that an exchange got
    std::uint64_t occurrences_seen = 0;
  };
  // One crossing while it is judged.
  struct Case {
    const Crossing& crossing;
    const Progress progress;
    LinkVerdict verdict;
    bool body_is_injected = false;
  };

  Lane& lane_of(const Crossing& crossing);
  void apply(std::size_t index, Case& present);
  void apply_tool(std::size_t index, Case& present);
  void apply_to_part(std::size_t index, Case& present);
  void apply_cut(std::size_t index, Case& present);
  void apply_stall(std::size_t index, Case& present);
  void apply_delay(std::size_t index, Case& present);
  void apply_silence(std::size_t index, Case& present);
  void swallow(std::size_t index, std::string detail, Case& present);
  void note(std::size_t index, std::string detail, Case& present);

  bool matches(std::size_t index, const Case& present);
  bool is_at_position(const Anchor& at, const Case& present) const;
  bool is_at_time(std::size_t index, const Case& present) const;
  bool is_drawn(const Fault& fault, const Crossing& crossing) const;
  std::uint64_t occurrence_of(std::size_t index, const Crossing& crossing);
  static ExchangeKey key_of(const Crossing& crossing) {
    return {std::string(crossing.channel), crossing.event.exchange};
  }

  const Schedule& schedule_;
  const Seed seed_;
  std::vector<std::uint64_t> fired_;
  std::vector<Memory> memories_;
  std::map<std::string, Lane, std::less<>> lanes_;
};

LinkVerdict Injector::State::judge(const Crossing& crossing) {
  Lane& lane = lane_of(crossing);
  const std::uint32_t exchange = crossing.event.exchange;
  const bool counts = exchange != 0 && crossing.event.direction == Direction::to_agent && !lane.faults.empty();
  Case present{.crossing = crossing, .progress = counts ? lane.progress[exchange] : Progress()};
  for (const std::size_t index : lane.faults) apply(index, present);
  if (counts && is_stream_event(crossing.event)) {
    Progress& progress = lane.progress[exchange];
    ++progress.events;
    progress.bytes += payload_size(crossing.event);
    if (crossing.token != 0) progress.tokens = crossing.token;
  }
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
    if (row != nullptr && row->is_available) lane.faults.push_back(i);
  }
  return lane;
}

void Injector::State::apply(std::size_t index, Case& present) {
  const ActionName name = schedule_.faults[index].action.name;
  if (present.verdict.fate == LinkVerdict::Fate::close) return;
  if (name == ActionName::cut || name == ActionName::reset) return apply_cut(index, present);
  if (present.verdict.fate == LinkVerdict::Fate::drop) return;
  if (name == ActionName::silence) return apply_silence(index, present);
  if (present.crossing.event.direction != Direction::to_agent) return;
  if (name == ActionName::stall) return apply_stall(index, present);
  if (present.crossing.channel_kind == trace::ChannelKind::tool) return apply_tool(index, present);
  if (name == ActionName::delay) return apply_delay(index, present);
}

// --- tool ---

void Injector::State::apply_tool(std::size_t index, Case& present) {
  const Crossing& crossing = present.crossing;
  const Action& action = schedule_.faults[index].action;
  LinkVerdict& verdict = present.verdict;
  if (crossing.event.kind == EventKind::response_part) return apply_to_part(index, present);
  if (crossing.event.kind != EventKind::response && crossing.event.kind != EventKind::failed) return;
  if (!matches(index, present)) return;
  switch (action.name) {
    case ActionName::timeout:
      memories_[index].taken.insert(key_of(crossing));
      return swallow(index, "never answers", present);
    case ActionName::delay:
      memories_[index].taken.insert(key_of(crossing));
      return apply_delay(index, present);
    case ActionName::duplicate:
      ++verdict.copies;
      return note(index, "answers twice", present);
    default:
      break;
  }
  ToolAnswer answer{verdict.replacement ? *verdict.replacement : crossing.event, present.body_is_injected};
  const std::optional<std::string> detail = damage(action, crossing.channel, answer);
  if (!detail) return;
  if (answer.body_is_injected || answer.event.kind == EventKind::failed)
    memories_[index].taken.insert(key_of(crossing));
  present.body_is_injected = answer.body_is_injected;
  verdict.replacement = std::move(answer.event);
  note(index, *detail, present);
}

// The pieces of a streamed body follow their head: late where it is late; nobody's once it was replaced or swallowed.
void Injector::State::apply_to_part(std::size_t index, Case& present) {
  if (!memories_[index].taken.contains(key_of(present.crossing))) return;
  if (schedule_.faults[index].action.name == ActionName::delay) return apply_delay(index, present);
  swallow(index, "part of an answer that was replaced", present);
}

// --- model stream ---

void Injector::State::apply_cut(std::size_t index, Case& present) {
  const Crossing& crossing = present.crossing;
  const Fault& fault = schedule_.faults[index];
  const bool is_seen = crossing.event.direction == Direction::to_agent
                           ? is_stream_event(crossing.event)
                           : is_about_connection(fault.at) && crossing.event.kind != EventKind::closed;
  if (!is_seen) return;
  Memory& memory = memories_[index];
  if (crossing.event.exchange != 0 && memory.taken.contains(key_of(crossing))) return;
  if (!matches(index, present)) return;
  if (crossing.event.exchange != 0) memory.taken.insert(key_of(crossing));
  const auto* code = std::get_if<std::int64_t>(&fault.action.argument);
  present.verdict.fate = LinkVerdict::Fate::close;
  present.verdict.close_code = code == nullptr ? kAbnormalClosure : *code;
  note(index, fmt::format("closed with {}", present.verdict.close_code), present);
}

void Injector::State::apply_stall(std::size_t index, Case& present) {
  const Crossing& crossing = present.crossing;
  if (crossing.event.exchange == 0 || !is_stream_event(crossing.event)) return;
  Memory& memory = memories_[index];
  if (!memory.taken.contains(key_of(crossing))) {
    const auto* after = std::get_if<std::int64_t>(&schedule_.faults[index].action.argument);
    const std::uint64_t tokens_first = after == nullptr ? 0 : static_cast<std::uint64_t>(*after);
    if (present.progress.tokens < tokens_first || !matches(index, present)) return;
    memory.taken.insert(key_of(crossing));
  }
  swallow(index, fmt::format("swallowed after {} tokens", present.progress.tokens), present);
}

void Injector::State::apply_delay(std::size_t index, Case& present) {
  const bool is_tool = present.crossing.channel_kind == trace::ChannelKind::tool;
  if (!is_tool && (!is_stream_event(present.crossing.event) || !matches(index, present))) return;
  const Duration delay = std::get<Duration>(schedule_.faults[index].action.argument);
  present.verdict.delay += delay;
  note(index, fmt::format("{} later", ringback::to_text(delay)), present);
}

// --- audio ---

void Injector::State::apply_silence(std::size_t index, Case& present) {
  const Crossing& crossing = present.crossing;
  if (crossing.sound == nullptr || crossing.event.kind != EventKind::audio) return;
  const Sound& sound = *crossing.sound;
  LinkVerdict& verdict = present.verdict;
  const Bytes samples =
      trace::body_of<trace::Audio>(verdict.replacement ? *verdict.replacement : crossing.event).samples;
  const SoundPlace place{crossing.at, crossing.first_sample, samples.size() / sound.sample_bytes};
  const SampleSpan span = span_of(schedule_.faults[index].at, place, sound);
  if (span.is_empty() || !matches(index, present)) return;
  trace::Event silent = crossing.event;
  silent.body = trace::encode_body(trace::Audio{.samples = silenced(samples, span, sound)});
  verdict.replacement = std::move(silent);
  note(index, fmt::format("{} of {} samples", span.end - span.begin, place.samples), present);
}

// --- what all share ---

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
  const bool is_audio = fault.action.name == ActionName::silence;  // its window is a matter of samples
  if (!is_audio && !is_at_time(index, present)) return false;
  if (fault.at.probability && !is_drawn(fault, crossing)) return false;
  if (!is_audio && fault.at.time && !fault.at.duration) memories_[index].spent.insert(std::string(crossing.channel));
  return !fault.at.occurrence || fault.at.occurrence->contains(occurrence_of(index, crossing));
}

bool Injector::State::is_at_position(const Anchor& at, const Case& present) const {
  const Crossing& crossing = present.crossing;
  const std::uint32_t exchange = crossing.event.exchange;
  if (at.call && (exchange == 0 || !at.call->contains(exchange))) return false;
  if (at.response && (exchange == 0 || !at.response->contains(exchange))) return false;
  if (at.event && !at.event->contains(at.response ? present.progress.events + 1 : crossing.event_number)) return false;
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
  const RandomStream stream({.seed = seed_, .domain = "fault", .entity = fault.id, .purpose = "probability"});
  return stream.chance(index, *fault.at.probability);
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
const Schedule& Injector::schedule() const { return state_->schedule(); }
const std::vector<std::uint64_t>& Injector::fired() const { return state_->fired(); }

}  // namespace ringback::sim
