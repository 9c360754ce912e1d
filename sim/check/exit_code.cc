#include "sim/check/exit_code.h"

#include <algorithm>

namespace ringback::sim {
namespace {

bool does_not_hold(const PropertyResult& property, Strictness strictness) {
  switch (property.verdict) {
    case Verdict::held:
      return false;
    case Verdict::held_if:
      return strictness == Strictness::strict;
    case Verdict::failed:
    case Verdict::undecided:
      return true;
    case Verdict::not_measurable:
      return property.was_asked;
  }
  return true;
}

}  // namespace

ExitCode exit_code_of(const RunResult& result, const std::vector<PropertyResult>& properties,
                      const ExitQuestion& question) {
  const bool silent_fault = std::any_of(result.faults.begin(), result.faults.end(), [](const FaultOutcome& fault) {
    return fault.fired == 0 && !fault.may_stay_silent;
  });
  const bool asks_of_nothing = std::any_of(properties.begin(), properties.end(),
                                           [](const PropertyResult& property) { return property.names_no_tool; });
  if (silent_fault || asks_of_nothing) return ExitCode::fault_never_fired;
  if (question.digests_differ || !result.taints.empty()) return ExitCode::not_reproducible;
  if (result.halted) return ExitCode::left_the_recording;
  const bool holds = std::none_of(properties.begin(), properties.end(), [&](const PropertyResult& property) {
    return does_not_hold(property, question.strictness);
  });
  return holds ? ExitCode::holds : ExitCode::does_not_hold;
}

}  // namespace ringback::sim
