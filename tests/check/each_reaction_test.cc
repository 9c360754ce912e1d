#include "sim/check/each_reaction.h"

#include <catch2/catch.hpp>

namespace ringback::sim {
namespace {

// A run under `reaction` in which each property got the verdict of the list.
ReactionRun run_with(Reaction reaction, const std::vector<Verdict>& verdicts) {
  ReactionRun run;
  run.result.reaction = reaction;
  run.result.faults = {{.id = "late", .fired = reaction == Reaction::silent ? 2u : 0u}};
  for (const Verdict verdict : verdicts) {
    PropertyResult answer{.property = Answered{}, .verdict = verdict, .finding = std::string(name_of(reaction))};
    if (verdict == Verdict::held_if) answer.condition = condition_of(reaction);
    run.properties.push_back(answer);
  }
  return run;
}

constexpr Verdict kHeld = Verdict::held;
constexpr Verdict kHeldIf = Verdict::held_if;
constexpr Verdict kFailed = Verdict::failed;
constexpr Verdict kUndecided = Verdict::undecided;

}  // namespace

TEST_CASE("what fails for one reaction fails, and says for which") {
  const std::vector<ReactionRun> runs = {
      run_with(Reaction::apologise, {kHeldIf}), run_with(Reaction::call_again, {kUndecided}),
      run_with(Reaction::silent, {kFailed}), run_with(Reaction::claim_success, {kFailed})};
  const PropertyResult answer = hold_for_each(runs).at(0);
  CHECK(answer.verdict == Verdict::failed);
  CHECK(answer.finding == "silent");
  CHECK(answer.condition == "the model stays silent or claims success");
}

TEST_CASE("what holds for each reaction rests on them all") {
  const std::vector<ReactionRun> runs = {
      run_with(Reaction::apologise, {kHeldIf, kHeld}), run_with(Reaction::call_again, {kHeldIf, kHeld}),
      run_with(Reaction::silent, {kHeldIf, kHeld}), run_with(Reaction::claim_success, {kHeldIf, kHeld})};
  const std::vector<PropertyResult> answers = hold_for_each(runs);
  CHECK(answers.at(0).verdict == Verdict::held_if);
  CHECK(answers.at(0).condition == "the model apologises, calls the tool again, stays silent or claims success");
  CHECK(answers.at(1).verdict == Verdict::held);
  CHECK(answers.at(1).condition.empty());
  CHECK(telling_run(runs) == 0);
}

TEST_CASE("what fails whatever the reaction has no condition") {
  const std::vector<ReactionRun> runs = {run_with(Reaction::apologise, {kFailed}),
                                         run_with(Reaction::silent, {kFailed})};
  CHECK(hold_for_each(runs).at(0).condition.empty());
}

TEST_CASE("the story is that of the first run in which something does not hold") {
  const std::vector<ReactionRun> runs = {run_with(Reaction::apologise, {kHeldIf, kHeld}),
                                         run_with(Reaction::call_again, {kHeld, kUndecided}),
                                         run_with(Reaction::silent, {kFailed, kHeld})};
  CHECK(telling_run(runs) == 1);
}

TEST_CASE("a fault has fired where it did for one of the reactions") {
  const std::vector<ReactionRun> runs = {run_with(Reaction::apologise, {}), run_with(Reaction::silent, {})};
  CHECK(faults_over_all(runs).at(0).fired == 2);
}

}  // namespace ringback::sim
