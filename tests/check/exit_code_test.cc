#include "sim/check/exit_code.h"

#include <catch2/catch.hpp>

namespace ringback::sim {
namespace {

std::vector<PropertyResult> answer(Verdict verdict, bool was_asked = false) {
  return {{.property = EndsCleanly{}, .verdict = verdict, .was_asked = was_asked}};
}

TEST_CASE("the worst that applies is the exit code") {
  RunResult result;
  CHECK(exit_code_of(result, answer(Verdict::held)) == ExitCode::holds);
  CHECK(exit_code_of(result, answer(Verdict::failed)) == ExitCode::does_not_hold);
  result.halted = true;
  CHECK(exit_code_of(result, answer(Verdict::failed)) == ExitCode::left_the_recording);
  CHECK(exit_code_of(result, answer(Verdict::failed), {.digests_differ = true}) == ExitCode::not_reproducible);
  result.taints = {"clock"};
  CHECK(exit_code_of(result, answer(Verdict::held)) == ExitCode::not_reproducible);
  result.faults = {{.id = "a", .fired = 1}, {.id = "b", .fired = 0}};
  CHECK(exit_code_of(result, answer(Verdict::held)) == ExitCode::fault_never_fired);
}

TEST_CASE("a fault that may stay silent is only reported") {
  RunResult result;
  result.faults = {{.id = "rare", .fired = 0, .may_stay_silent = true}};
  CHECK(exit_code_of(result, {}) == ExitCode::holds);
}

TEST_CASE("what holds on a condition holds, but not strictly") {
  CHECK(exit_code_of({}, answer(Verdict::held_if)) == ExitCode::holds);
  CHECK(exit_code_of({}, answer(Verdict::held_if), {.strictness = Strictness::strict}) == ExitCode::does_not_hold);
}

TEST_CASE("a selector that names nothing is no answer") {
  std::vector<PropertyResult> answers = answer(Verdict::undecided);
  answers[0].names_no_tool = true;
  CHECK(exit_code_of({}, answers) == ExitCode::fault_never_fired);
}

TEST_CASE("what cannot be measured matters only where it was asked for") {
  CHECK(exit_code_of({}, answer(Verdict::not_measurable)) == ExitCode::holds);
  CHECK(exit_code_of({}, answer(Verdict::not_measurable, true)) == ExitCode::does_not_hold);
  CHECK(exit_code_of({}, answer(Verdict::undecided)) == ExitCode::does_not_hold);
}

}  // namespace
}  // namespace ringback::sim
