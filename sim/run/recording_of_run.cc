#include "sim/run/recording_of_run.h"

#include <algorithm>
#include <vector>

#include "sim/faults/parse.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

using trace::Event;
using trace::EventKind;
using trace::Origin;

bool is_made_up(const Event& event, const trace::Channel* channel) {
  switch (event.origin) {
    case Origin::rule:
    case Origin::stub:
    case Origin::recorded_repeat:
    case Origin::recorded_other_args:
      return true;
    case Origin::world:
      // The caller's silence is of the world, and its track needs it to keep its times.
      return !(channel != nullptr && channel->kind == trace::ChannelKind::audio && event.kind == EventKind::audio);
    case Origin::captured:
    case Origin::recorded:
    case Origin::agent:
      return false;
  }
  return false;
}

// What a fault acted on, as it was sent.
Event original_of(const Event& fired) {
  const auto body = trace::body_of<trace::FaultFired>(fired);
  Event event = fired;
  event.kind = static_cast<EventKind>(body.original_kind);
  event.body = body.original;
  return event;
}

// Whether `event` is what became of `sent`: the same, perhaps later, or what a fault made of it at the same time.
bool is_delivery_of(const Event& event, const Event& sent) {
  if (event.channel != sent.channel || event.direction != sent.direction || event.exchange != sent.exchange)
    return false;
  if (event.kind == sent.kind && event.body == sent.body && event.origin == sent.origin) return true;
  return event.origin == Origin::world && event.at == sent.at && event.kind == sent.kind;
}

}  // namespace

bool is_run(const trace::Trace& trace) { return trace.facts().source == "run"; }

trace::Trace recording_of_run(const trace::Trace& run) {
  trace::Trace recording(run.events.scratch());
  recording.metadata = run.metadata;
  std::vector<Event> restored;  // sent, met by a fault, and not seen to arrive yet
  for (const Event& event : run.events) {
    const trace::Channel* channel = run.channels.find(event.channel);
    if (event.kind == EventKind::diverged) continue;
    // What became of the agent's process is made anew.
    if (event.origin == Origin::world && channel != nullptr && channel->kind == trace::ChannelKind::process &&
        event.kind != EventKind::fault_fired)
      continue;
    if (event.kind == EventKind::fault_fired) {
      const Event original = original_of(event);
      if (static_cast<int>(original.kind) == 0) continue;  // nothing was crossing
      // Several faults may have acted on one event: it stands once.
      if (!restored.empty() && restored.back() == original) continue;
      restored.push_back(original);
      if (!is_made_up(original, channel)) recording.add(original);
      continue;
    }
    const auto delivered =
        std::find_if(restored.begin(), restored.end(), [&](const Event& sent) { return is_delivery_of(event, sent); });
    if (delivered != restored.end()) {
      restored.erase(delivered);
    } else if (event.direction == trace::Direction::none || !is_made_up(event, channel)) {
      recording.add(event);
    }
  }
  return recording;
}

void restore_run(std::string_view name, trace::Trace& trace, Schedule& schedule) {
  if (!is_run(trace)) return;
  const auto stored = trace.metadata.find("schedule");
  if (stored != trace.metadata.end() && schedule.faults.empty() && schedule.answers.empty()) {
    schedule = parse_schedule(fmt::format("{}: stored schedule", name), stored->second);
  }
  trace = recording_of_run(trace);
}

}  // namespace ringback::sim
