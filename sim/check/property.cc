#include "sim/check/property.h"

#include "src/base/error.h"
#include "src/base/suggest.h"

namespace ringback::sim {
namespace {

template <class... Cases>
struct Overload : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overload(Cases...) -> Overload<Cases...>;

Finding find_out(const Property& property, const RunResult& result, const Timeline& timeline) {
  return std::visit(Overload{
                        [&](const DeadAir& p) { return check_dead_air(timeline, p); },
                        [&](const FirstAudio& p) { return check_first_audio(timeline, p); },
                        [&](const FirstToken& p) { return check_ftl(timeline, p); },
                        [&](const TurnLatency& p) { return check_turn_latency(timeline, p); },
                        [&](const Progress& p) { return check_progress(timeline, p); },
                        [&](const Fallback& p) { return check_fallback(timeline, p); },
                        [&](const Recovery& p) { return check_recovery(timeline, p); },
                        [&](const Answered& p) { return check_answered(timeline, p); },
                        [&](const Retries& p) { return check_retries(timeline, p); },
                        [&](const IdenticalRequests& p) { return check_identical_requests(timeline, p); },
                        [&](const ExactlyOnce& p) { return check_exactly_once(timeline, p); },
                        [&](const EffectsAfterHangUp& p) { return check_effects_after_hang_up(timeline, p); },
                        [&](const UnacknowledgedEffects& p) { return check_unacknowledged_effects(timeline, p); },
                        [&](const StaleResult& p) { return check_stale_result(timeline, p); },
                        [&](const OwnResults& p) { return check_own_results(timeline, p); },
                        [&](const SuccessClaimed& p) { return check_success_claimed(timeline, p); },
                        [&](const BargeIn& p) { return check_barge_in(timeline, p); },
                        [&](const TalkOver& p) { return check_talk_over(timeline, p); },
                        [&](const MissedBargeIn& p) { return check_missed_barge_in(timeline, p); },
                        [&](const FalseBargeIn& p) { return check_false_barge_in(timeline, p); },
                        [&](const CutIn& p) { return check_cut_in(timeline, p); },
                        [&](const Speaks&) { return check_speaks(timeline, result); },
                        [&](const Underruns& p) { return check_underruns(timeline, p); },
                        [&](const Truncation& p) { return check_truncation(timeline, p); },
                        [&](const SpokenText& p) { return check_spoken_text(timeline, p); },
                        [&](const ContextKept& p) { return check_context_kept(timeline, p); },
                        [&](const Tokens& p) { return check_tokens(timeline, p); },
                        [&](const EndsCleanly&) { return check_ends_cleanly(timeline, result); },
                    },
                    property);
}

// Why a property cannot be measured in this run; empty where it can.
std::string why_not_measurable(const Property& property, const Timeline& timeline) {
  const Needs needs = needs_of(property);
  if (needs != Needs::nothing && !timeline.times_are_real) return "the recording has no times";
  if (needs == Needs::sound && !timeline.audio_is_whole) return "the recording does not have all of its sound";
  return "";
}

// A selector that names no tool asks about nothing: most likely it is misspelt.
bool refuse_unknown_tool(const Timeline& timeline, PropertyResult& answer) {
  const std::string* selector = tool_selector_of(answer.property);
  if (selector == nullptr || *selector == "*") return false;
  std::vector<std::string_view> known;
  for (const std::string& name : timeline.tool_names) {
    if (selects_tool(*selector, name)) return false;
    known.push_back(name);
  }
  answer.names_no_tool = true;
  answer.nearest = nearest_word(*selector, known);
  answer.verdict = Verdict::undecided;
  answer.finding = fmt::format("no tool '{}'{}", *selector,
                               answer.nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", answer.nearest));
  return true;
}

// The first answer that a reaction decided and the verdict rests on.
const StandIn* stand_in_under(const Finding& finding, const RunResult& result) {
  if (result.stand_ins.empty()) return nullptr;
  const StandIn& first = result.stand_ins.front();
  return !finding.rests_until || first.due <= *finding.rests_until ? &first : nullptr;
}

PropertyResult check_one(const Property& property, const RunResult& result, const Timeline& timeline) {
  PropertyResult answer{.property = property};
  if (std::string why = why_not_measurable(property, timeline); !why.empty()) {
    answer.verdict = Verdict::not_measurable;
    answer.finding = std::move(why);
    return answer;
  }
  if (refuse_unknown_tool(timeline, answer)) return answer;
  Finding finding = find_out(property, result, timeline);
  const StandIn* stand_in = stand_in_under(finding, result);
  answer.rests_on_reaction = stand_in != nullptr;
  answer.verdict = finding.verdict;
  answer.finding = std::move(finding.text);
  answer.evidence = std::move(finding.evidence);
  if (answer.verdict == Verdict::held && result.halted) {
    answer.verdict = Verdict::undecided;
    answer.finding += "; the run stopped where it left the recording";
  } else if (answer.verdict == Verdict::held && stand_in != nullptr) {
    answer.verdict = Verdict::held_if;
    answer.condition = condition_of(stand_in->reaction);
  }
  return answer;
}

}  // namespace

void Finding::add(Evidence found) {
  if (evidence.size() < kEvidenceMax) evidence.push_back(std::move(found));
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::held:
      return "held";
    case Verdict::held_if:
      return "held-if";
    case Verdict::failed:
      return "failed";
    case Verdict::undecided:
      return "undecided";
    case Verdict::not_measurable:
      return "not-measurable";
  }
  return "";
}

std::vector<PropertyResult> check_run(const RunResult& result, const Timeline& timeline,
                                      const Expectations& expectations) {
  std::vector<PropertyResult> answers;
  for (const Property& property : expectations.properties) {
    answers.push_back(check_one(property, result, timeline));
    answers.back().was_asked = expectations.were_asked;
  }
  return answers;
}

}  // namespace ringback::sim
