// What the actions of the transport family do to connections: each call of a tool has one of its own, a model one for
// each session.
#include <algorithm>

#include "sim/faults/injector_state.h"

namespace ringback::sim {

using trace::ChannelKind;
using trace::EventKind;

namespace {

__extension__ using Wide = __int128;

// Why a connection did not come about.
std::string_view reason_of(ActionName name) {
  switch (name) {
    case ActionName::refuse:
      return "refused";
    case ActionName::dns_failure:
      return "name not found";
    case ActionName::tls_failure:
      return "TLS handshake failed";
    default:
      return "reset";
  }
}

// How long `octets` take at `rate` octets a second, rounded up, at most kScheduleTimeMax.
Duration transmission_of(std::size_t octets, std::int64_t rate) {
  constexpr std::int64_t kSecondNs = 1'000'000'000;
  const Wide ns = (static_cast<Wide>(octets) * kSecondNs + rate - 1) / rate;
  return nanoseconds(static_cast<std::int64_t>(std::min<Wide>(ns, kScheduleTimeMax.ns())));
}

trace::EventHead back_to_agent(const trace::Event& sent) {
  return {.channel = sent.channel,
          .direction = trace::Direction::to_agent,
          .origin = trace::Origin::world,
          .exchange = sent.exchange};
}

}  // namespace

void Injector::State::apply_transport(std::size_t index, Case& present) {
  // Each has a connection of its own.
  const bool is_tool = present.crossing.channel_kind == ChannelKind::tool || is_of_request(present.crossing.event);
  switch (schedule_.faults[index].action.name) {
    case ActionName::throttle:
      return apply_throttle(index, present);
    case ActionName::drop_reply:
      return apply_drop_reply(index, present);
    case ActionName::half_open:
    case ActionName::blackhole:
      return is_tool ? apply_to_request(index, present) : apply_swallow(index, present);
    default:
      return is_tool ? apply_to_request(index, present) : apply_to_connect(index, present);
  }
}

// The request does not reach its partner.
void Injector::State::apply_to_request(std::size_t index, Case& present) {
  const trace::Event& event = present.crossing.event;
  if (event.kind != EventKind::request || !matches(index, present)) return;
  const ActionName name = schedule_.faults[index].action.name;
  if (name == ActionName::half_open || name == ActionName::blackhole)
    return swallow(index,
                   present.crossing.channel_kind == ChannelKind::tool ? "swallowed on its way to the tool"
                                                                      : "swallowed on its way to the model",
                   present);
  const Bytes reason(reason_of(name));
  present.verdict.bounce = trace::make_event(back_to_agent(event), trace::Failed{.reason = reason});
  swallow(index, reason, present);
}

// The session does not come about.
void Injector::State::apply_to_connect(std::size_t index, Case& present) {
  const trace::Event& event = present.crossing.event;
  if (event.kind != EventKind::opened || !matches(index, present)) return;
  const Bytes reason(reason_of(schedule_.faults[index].action.name));
  present.verdict.bounce =
      trace::make_event(back_to_agent(event), trace::Closed{.code = kAbnormalClosure, .reason = reason});
  swallow(index, reason, present);
}

// Begins with the first event that matches and lasts as long as the connection; with a window, as long as that.
void Injector::State::apply_swallow(std::size_t index, Case& present) {
  const Crossing& crossing = present.crossing;
  const Fault& fault = schedule_.faults[index];
  const bool is_half_open = fault.action.name == ActionName::half_open;
  Memory& memory = memories_[index];
  const EventKind kind = crossing.event.kind;
  if (kind == EventKind::closed) return;
  if (kind == EventKind::opened) memory.begun.erase(std::string(crossing.channel));
  const bool has_begun = memory.begun.contains(crossing.channel);
  if (!has_begun) {
    if (!matches(index, present)) return;
    if (!fault.at.duration) memory.begun.insert(std::string(crossing.channel));
  }
  const bool still_arrives = is_half_open && (present.is_to_agent() || kind == EventKind::opened);
  if (!still_arrives) swallow(index, "swallowed", present);
}

// The request arrived, and the connection breaks before the answer.
void Injector::State::apply_drop_reply(std::size_t index, Case& present) {
  const Crossing& crossing = present.crossing;
  if (!present.is_to_agent() || crossing.event.exchange == 0) return;
  Memory& memory = memories_[index];
  if (!is_of_request(crossing.event)) {
    if (present.progress.events == 0 && is_stream_event(crossing.event) && matches(index, present))
      close(index, kAbnormalClosure, present);
    return;
  }
  if (memory.taken.contains(key_of(crossing))) return swallow(index, "lost with the connection", present);
  if (crossing.event.kind != EventKind::response || !matches(index, present)) return;
  memory.taken.insert(key_of(crossing));
  trace::Event failed = crossing.event;
  failed.kind = EventKind::failed;
  failed.body = trace::encode_body(trace::Failed{.reason = "closed before the answer"});
  present.verdict.replacement = std::move(failed);
  note(index, "closed before the answer", present);
}

// A line of so many octets a second for each direction; what does not fit waits its turn.
void Injector::State::apply_throttle(std::size_t index, Case& present) {
  const Crossing& crossing = present.crossing;
  const EventKind kind = present.event().kind;
  if (kind == EventKind::opened) {
    // A connection that is opened anew has the line to itself.
    std::erase_if(memories_[index].busy_until,
                  [&](const auto& line) { return line.first.first.starts_with(fmt::format("{}/", crossing.channel)); });
    return;
  }
  if (kind != EventKind::message && kind != EventKind::binary && kind != EventKind::request &&
      kind != EventKind::response && kind != EventKind::response_part)
    return;
  const std::size_t octets = payload_size(present.event());
  if (octets == 0 || !matches(index, present)) return;
  const bool is_tool = is_of_request(crossing.event);
  const ExchangeKey line{fmt::format("{}/{}", crossing.channel, trace::name_of(crossing.event.direction)),
                         is_tool ? crossing.event.exchange : 0};
  VirtualTime& busy_until = memories_[index].busy_until[line];
  const Duration takes = transmission_of(octets, std::get<std::int64_t>(schedule_.faults[index].action.argument));
  const VirtualTime latest = crossing.at + kScheduleTimeMax;
  busy_until = std::min(std::max(busy_until, crossing.at) + takes, latest);
  present.verdict.spread = std::max(present.verdict.spread, takes);
  delay(index, busy_until - crossing.at, present);
}

}  // namespace ringback::sim
