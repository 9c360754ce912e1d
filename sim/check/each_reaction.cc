#include "sim/check/each_reaction.h"

#include <algorithm>

#include "src/base/error.h"

namespace ringback::sim {
namespace {

// Higher is worse.
int severity(Verdict verdict) {
  switch (verdict) {
    case Verdict::held:
      return 0;
    case Verdict::held_if:
      return 1;
    case Verdict::not_measurable:
      return 2;
    case Verdict::undecided:
      return 3;
    case Verdict::failed:
      return 4;
  }
  return 4;
}

bool holds(const PropertyResult& answer) {
  return answer.verdict == Verdict::held || answer.verdict == Verdict::held_if;
}

// "the model apologises or stays silent".
std::string any_of(const std::vector<Reaction>& reactions) {
  constexpr std::string_view kSubject = "the model ";
  std::string text(kSubject);
  for (std::size_t i = 0; i < reactions.size(); ++i) {
    if (i > 0) text += i + 1 == reactions.size() ? " or " : ", ";
    text += condition_of(reactions[i]).substr(kSubject.size());
  }
  return text;
}

PropertyResult worst_of(const std::vector<ReactionRun>& runs, std::size_t property) {
  PropertyResult worst = runs.front().properties[property];
  for (const ReactionRun& run : runs) {
    const PropertyResult& answer = run.properties[property];
    if (severity(answer.verdict) > severity(worst.verdict)) worst = answer;
  }
  std::vector<Reaction> reactions;
  for (const ReactionRun& run : runs) {
    if (run.properties[property].verdict == worst.verdict) reactions.push_back(run.result.reaction);
  }
  const bool is_all = reactions.size() == runs.size();
  worst.condition =
      worst.verdict == Verdict::held || (is_all && worst.verdict != Verdict::held_if) ? "" : any_of(reactions);
  return worst;
}

}  // namespace

std::vector<PropertyResult> hold_for_each(const std::vector<ReactionRun>& runs) {
  RINGBACK_CHECK(!runs.empty(), "a question is asked of at least one run");
  std::vector<PropertyResult> answers;
  for (std::size_t i = 0; i < runs.front().properties.size(); ++i) answers.push_back(worst_of(runs, i));
  return answers;
}

std::size_t telling_run(const std::vector<ReactionRun>& runs) {
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::vector<PropertyResult>& answers = runs[i].properties;
    if (!std::all_of(answers.begin(), answers.end(), holds)) return i;
  }
  return 0;
}

std::vector<FaultOutcome> faults_over_all(const std::vector<ReactionRun>& runs) {
  std::vector<FaultOutcome> faults = runs.front().result.faults;
  for (std::size_t run = 1; run < runs.size(); ++run) {
    for (std::size_t i = 0; i < faults.size(); ++i) faults[i].fired += runs[run].result.faults[i].fired;
  }
  return faults;
}

}  // namespace ringback::sim
