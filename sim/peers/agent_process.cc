#include "sim/peers/agent_process.h"

#include <algorithm>
#include <set>

#include "sim/faults/check_schedule.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

Duration duration_of(const Fault& fault, Duration otherwise) {
  const auto* given = std::get_if<Duration>(&fault.action.argument);
  return given == nullptr ? otherwise : *given;
}

}  // namespace

ProcessBlow blow_of(const Fault& fault) {
  using Kind = ProcessBlow::Kind;
  switch (fault.action.name) {
    case ActionName::crash:
    case ActionName::oom:
      return {.kind = Kind::kill, .fault = fault.id};
    case ActionName::terminate:
      return {.kind = Kind::terminate, .time = duration_of(fault, kUsualGrace), .fault = fault.id};
    case ActionName::pause:
      return {.kind = Kind::pause, .time = duration_of(fault, {}), .fault = fault.id};
    case ActionName::restart_after:
      return {.kind = Kind::restart, .time = duration_of(fault, {}), .fault = fault.id};
    case ActionName::clock_step:
      return {.kind = Kind::clock_step, .time = duration_of(fault, {}), .fault = fault.id};
    case ActionName::cpu:
      return {.kind = Kind::cost, .factor = std::get<Ratio>(fault.action.argument), .fault = fault.id};
    default:
      break;
  }
  RINGBACK_CHECK(false, "'{}' is an action of the process family", name_of(fault.action.name));
  return {};
}

// A fault on the process itself comes at its time, and at once where it has none.
void AgentProcess::schedule_ticks() {
  std::set<VirtualTime> moments;
  for (const Fault& fault : parts_.schedule.faults) {
    if (fault.where == kAgentProcess) moments.insert(fault.at.time.value_or(VirtualTime()));
  }
  for (const VirtualTime at : moments) {
    parts_.kernel.schedule(at, EventClass::timer, lane_, [this] {
      if (!is_over_) parts_.link.tick();
    });
  }
}

void AgentProcess::strike(const Fault& fault) {
  if (is_over_) return;
  const ProcessBlow blow = blow_of(fault);
  parts_.agent.strike(blow);
  if (blow.kind != ProcessBlow::Kind::cost || !fault.at.duration.has_value()) return;
  const VirtualTime end = fault.at.time.value_or(VirtualTime()) + *fault.at.duration;
  parts_.kernel.schedule(std::max(end, parts_.kernel.now()), EventClass::timer, lane_, [this, id = fault.id] {
    if (!is_over_)
      parts_.agent.strike({.kind = ProcessBlow::Kind::cost, .factor = {.numerator = 1, .denominator = 1}, .fault = id});
  });
}

void AgentProcess::started(std::int64_t incarnation) {
  note(trace::make_event({}, trace::ProcessStarted{.incarnation = incarnation}));
  if (incarnation == 1) schedule_ticks();
}
void AgentProcess::signalled(std::int64_t signal) {
  note(trace::make_event({}, trace::ProcessSignalled{.signal = signal}));
}
void AgentProcess::exited(std::int64_t status) { note(trace::make_event({}, trace::ProcessExited{.status = status})); }

void AgentProcess::note(trace::Event event) {
  if (is_over_) return;
  event.origin = trace::Origin::world;
  parts_.link.note(std::move(event));
}

}  // namespace ringback::sim
