// What the actions of the model family do to the events of a stream.
#include <algorithm>

#include "sim/faults/completion_frame.h"
#include "sim/faults/injector_state.h"
#include "src/base/hash.h"

namespace ringback::sim {

using trace::EventKind;

namespace {

__extension__ using Wide = __int128;

// A cut that names only a time breaks the connection for both sides: whoever sends first notices.
bool is_about_connection(const Anchor& at) { return at.time && !at.response && !at.event && !at.token && !at.byte; }

// Of a message its text, of an answer its body.
BytesView payload_of(const trace::Event& event) {
  constexpr std::uint8_t kFirstField = 1;
  constexpr std::uint8_t kExchangeBodyField = 2;
  return trace::body_field(event.body, event.kind == EventKind::response ? kExchangeBodyField : kFirstField);
}

// `elapsed` * (factor - 1), at least 0 and at most kScheduleTimeMax.
Duration stretch_of(Duration elapsed, const Ratio& factor) {
  if (factor.numerator <= factor.denominator) return {};
  const Wide stretch = static_cast<Wide>(elapsed.ns()) * (factor.numerator - factor.denominator) / factor.denominator;
  const Wide longest = kScheduleTimeMax.ns();
  return nanoseconds(static_cast<std::int64_t>(std::min(stretch, longest)));
}

}  // namespace

void Injector::State::apply_model(std::size_t index, Lane& lane, Case& present) {
  const Action& action = schedule_.faults[index].action;
  if (action.name == ActionName::cut || action.name == ActionName::reset) return apply_cut(index, present);
  if (!present.is_to_agent() || !is_stream_event(present.crossing.event)) return;
  switch (action.name) {
    case ActionName::stall:
      return apply_stall(index, present);
    case ActionName::slow:
      return apply_slow(index, present);
    case ActionName::corrupt:
      return apply_corrupt(index, present);
    case ActionName::malformed_tool_call:
    case ActionName::unknown_tool_call:
      return apply_to_call(index, present);
    case ActionName::reorder:
      return apply_reorder(index, lane, present);
    case ActionName::rate_limit:
    case ActionName::error_event:
      return apply_failure(index, present);
    default:
      break;
  }
  if (!matches(index, present)) return;
  if (action.name == ActionName::delay) {
    delay(index, std::get<Duration>(action.argument), present);
  } else if (action.name == ActionName::drop_event) {
    swallow(index, "swallowed", present);
  } else if (action.name == ActionName::duplicate_event) {
    ++present.verdict.copies;
    note(index, "comes twice", present);
  }
}

void Injector::State::apply_cut(std::size_t index, Case& present) {
  const Crossing& crossing = present.crossing;
  const Fault& fault = schedule_.faults[index];
  const bool is_seen = present.is_to_agent()
                           ? is_stream_event(crossing.event)
                           : is_about_connection(fault.at) && crossing.event.kind != EventKind::closed;
  if (!is_seen) return;
  Memory& memory = memories_[index];
  const bool is_http = is_of_request(crossing.event);
  if (crossing.event.exchange != 0 && memory.taken.contains(key_of(crossing))) {
    if (is_http) swallow(index, "lost with the connection", present);
    return;
  }
  if (!matches(index, present)) return;
  if (crossing.event.exchange != 0) memory.taken.insert(key_of(crossing));
  if (is_http && !present.is_to_agent()) {
    present.verdict.bounce = trace::make_event({.channel = crossing.event.channel,
                                                .direction = trace::Direction::to_agent,
                                                .origin = trace::Origin::world,
                                                .exchange = crossing.event.exchange},
                                               trace::Failed{.reason = "reset"});
    return swallow(index, "reset", present);
  }
  if (is_http) {
    present.verdict.fate = LinkVerdict::Fate::deliver;
    trace::Event failed = crossing.event;
    failed.kind = EventKind::failed;
    failed.body =
        trace::encode_body(trace::Failed{.reason = fmt::format("closed after {} tokens", present.progress.tokens)});
    present.verdict.replacement = std::move(failed);
    return note(index, fmt::format("closed after {} tokens", present.progress.tokens), present);
  }
  const auto* code = std::get_if<std::int64_t>(&fault.action.argument);
  close(index, code == nullptr ? kAbnormalClosure : *code, present);
}

void Injector::State::apply_stall(std::size_t index, Case& present) {
  const Crossing& crossing = present.crossing;
  if (crossing.event.exchange == 0) return;
  Memory& memory = memories_[index];
  if (!memory.taken.contains(key_of(crossing))) {
    const auto* after = std::get_if<std::int64_t>(&schedule_.faults[index].action.argument);
    const std::uint64_t tokens_first = after == nullptr ? 0 : static_cast<std::uint64_t>(*after);
    if (present.progress.tokens < tokens_first || !matches(index, present)) return;
    memory.taken.insert(key_of(crossing));
  }
  swallow(index, fmt::format("swallowed after {} tokens", present.progress.tokens), present);
}

// The first event that matches is in time; what follows it comes `factor` times as long after it as it was sent.
void Injector::State::apply_slow(std::size_t index, Case& present) {
  const Crossing& crossing = present.crossing;
  if (crossing.event.exchange == 0 || !matches(index, present)) return;
  const auto [begin, is_first] = memories_[index].stretched_from.emplace(key_of(crossing), crossing.at);
  const Duration late =
      stretch_of(crossing.at - begin->second, std::get<Ratio>(schedule_.faults[index].action.argument));
  if (late > Duration()) delay(index, late, present);
}

void Injector::State::apply_corrupt(std::size_t index, Case& present) {
  const trace::Event& event = present.event();
  if (event.kind == EventKind::binary || payload_size(event) == 0 || !matches(index, present)) return;
  const Crossing& crossing = present.crossing;
  const RandomStream draws = draws_of(schedule_.faults[index], "corrupt");
  const std::uint64_t number = hash64(fmt::format("{}/{}", crossing.event_number, crossing.channel));
  CorruptText corrupted = corrupt_text(payload_of(event), draws, number);
  std::string detail = fmt::format("octet {} of {}", corrupted.position, corrupted.text.size());
  replace_text(index, std::move(corrupted.text), std::move(detail), present);
}

// From the first event of a tool call that matches on, every event of the response that tells of tool calls.
void Injector::State::apply_to_call(std::size_t index, Case& present) {
  const Crossing& crossing = present.crossing;
  if (crossing.event.exchange == 0 || present.event().kind == EventKind::binary) return;
  Memory& memory = memories_[index];
  const bool is_http = is_of_request(crossing.event);
  const bool is_unknown = schedule_.faults[index].action.name == ActionName::unknown_tool_call;
  CutArguments cut = memory.cut_arguments[key_of(crossing)];
  const BytesView text = payload_of(present.event());
  std::optional<Bytes> changed = is_http      ? is_unknown ? with_unknown_calls(text) : with_cut_calls(text, cut)
                                      : is_unknown ? with_unknown_tool(text)
                                              : with_cut_arguments(text, cut);
  if (!changed) return;
  if (!memory.taken.contains(key_of(crossing)) && !matches(index, present)) return;
  memory.taken.insert(key_of(crossing));
  memory.cut_arguments[key_of(crossing)] = std::move(cut);
  replace_text(index, std::move(*changed), is_unknown ? "calls no_such_tool" : "arguments cut", present);
}

// While one event waits, the next is the one that goes first.
void Injector::State::apply_reorder(std::size_t index, Lane& lane, Case& present) {
  if (lane.is_holding || !matches(index, present)) return;
  present.verdict.fate = LinkVerdict::Fate::hold;
  note(index, "comes after the next", present);
}

// The response fails: it is announced, and ends with the failure.
void Injector::State::apply_failure(std::size_t index, Case& present) {
  const Crossing& crossing = present.crossing;
  const Fault& fault = schedule_.faults[index];
  const bool is_rate_limit = fault.action.name == ActionName::rate_limit;
  const bool is_of_response = crossing.event.exchange != 0;
  if (is_of_request(crossing.event)) return fail_answer(index, present);
  if ((is_rate_limit && !is_of_response) || crossing.event.kind != EventKind::message) return;
  Memory& memory = memories_[index];
  const auto key = key_of(crossing);
  if (is_of_response) {
    if (memory.taken.contains(key)) return swallow(index, "of a response that has failed", present);
    const ResponseMark mark = response_mark(trace::body_field(crossing.event.body, 1));
    if (!mark.response_id.empty()) memory.response_ids[key] = mark.response_id;
    if (mark.is_created) return;
  }
  if (!matches(index, present)) return;
  const Bytes code = is_rate_limit ? Bytes("rate_limit_exceeded") : std::get<Bytes>(fault.action.argument);
  const std::string event_id = fmt::format("event_{}_{}", fault.id, fired_[index] + 1);
  if (!is_of_response) return replace_text(index, error_frame(event_id, code), "error " + code, present);
  memory.taken.insert(key);
  const Bytes failed = failed_response(event_id, memory.response_ids[key], code);
  if (is_rate_limit) return replace_text(index, failed, "failed with " + code, present);
  trace::Event end = crossing.event;
  end.body = trace::encode_body(trace::Message{.text = failed});
  present.verdict.followers.push_back(std::move(end));
  replace_text(index, error_frame(event_id, code), "error " + code, present);
}

// The answer to a request fails: with its status where the head is met, in the middle of the stream otherwise.
void Injector::State::fail_answer(std::size_t index, Case& present) {
  const Crossing& crossing = present.crossing;
  Memory& memory = memories_[index];
  if (memory.taken.contains(key_of(crossing))) return swallow(index, "of a response that has failed", present);
  const Fault& fault = schedule_.faults[index];
  const bool is_rate_limit = fault.action.name == ActionName::rate_limit;
  const bool is_head = crossing.event.kind == EventKind::response;
  // An error event is one of a stream; an answer in one body fails as a whole.
  if (is_head && !is_rate_limit && payload_size(crossing.event) == 0) return;
  if (!matches(index, present)) return;
  memory.taken.insert(key_of(crossing));
  const Bytes code = is_rate_limit ? Bytes("rate_limit_exceeded") : std::get<Bytes>(fault.action.argument);
  const Bytes message = fmt::format("a fault: {}", code);
  const wire::CompletionProtocol protocol = protocol_of_part(payload_of(present.event()));
  if (!is_head) return replace_text(index, wire::build_stream_error(protocol, code, message), "error " + code, present);
  trace::Response head{.status = is_rate_limit ? 429 : 500,
                       .body = wire::build_completion_error(protocol, code, message),
                       .headers = "content-type: application/json\n"};
  if (is_rate_limit) head.headers += "retry-after: 1\n";
  trace::Event failed = crossing.event;
  failed.body = trace::encode_body(head);
  present.verdict.replacement = std::move(failed);
  note(index, fmt::format("status {}", head.status), present);
}

}  // namespace ringback::sim
