// What the actions of the tool family do to an answer on its way.
#include "sim/faults/injector_state.h"
#include "sim/faults/tool_answer.h"

namespace ringback::sim {

using trace::EventKind;

void Injector::State::apply_tool(std::size_t index, Case& present) {
  const Crossing& crossing = present.crossing;
  const Action& action = schedule_.faults[index].action;
  LinkVerdict& verdict = present.verdict;
  if (!present.is_to_agent()) return;
  if (crossing.event.kind == EventKind::response_part) return apply_to_part(index, present);
  if (crossing.event.kind != EventKind::response && crossing.event.kind != EventKind::failed) return;
  if (!matches(index, present)) return;
  switch (action.name) {
    case ActionName::timeout:
      memories_[index].taken.insert(key_of(crossing));
      return swallow(index, "never answers", present);
    case ActionName::delay:
      memories_[index].taken.insert(key_of(crossing));
      return delay(index, std::get<Duration>(action.argument), present);
    case ActionName::duplicate:
      ++verdict.copies;
      return note(index, "answers twice", present);
    default:
      break;
  }
  DamagedAnswer answer{present.event(), present.body_is_injected};
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
  const Action& action = schedule_.faults[index].action;
  if (action.name == ActionName::delay) return delay(index, std::get<Duration>(action.argument), present);
  swallow(index, "part of an answer that was replaced", present);
}

}  // namespace ringback::sim
