#include "sim/check/property.h"

#include "src/base/error.h"

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
                        [&](const Retries& p) { return check_retries(timeline, p); },
                        [&](const Fallback& p) { return check_fallback(timeline, p); },
                        [&](const Answered& p) { return check_answered(timeline, p); },
                        [&](const EndsCleanly&) { return check_ends_cleanly(timeline, result); },
                        [&](const IdenticalRequests& p) { return check_identical_requests(timeline, p); },
                    },
                    property);
}

// Why a property cannot be measured in this run; empty where it can.
std::string why_not_measurable(const Property& property, const Timeline& timeline) {
  const bool needs_sound = std::holds_alternative<DeadAir>(property) || std::holds_alternative<FirstAudio>(property) ||
                           std::holds_alternative<Fallback>(property);
  const bool needs_times = needs_sound || std::holds_alternative<FirstToken>(property);
  if (needs_times && !timeline.times_are_real) return "the recording has no times";
  if (needs_sound && !timeline.audio_is_whole) return "the recording does not have all of its sound";
  return "";
}

PropertyResult check_one(const Property& property, const RunResult& result, const Timeline& timeline) {
  PropertyResult answer{.property = property};
  if (std::string why = why_not_measurable(property, timeline); !why.empty()) {
    answer.verdict = Verdict::not_measurable;
    answer.finding = std::move(why);
    return answer;
  }
  Finding finding = find_out(property, result, timeline);
  answer.verdict = finding.verdict;
  answer.finding = std::move(finding.text);
  answer.evidence = std::move(finding.evidence);
  if (answer.verdict == Verdict::held && result.halted) {
    answer.verdict = Verdict::undecided;
    answer.finding += "; the run stopped where it left the recording";
  } else if (answer.verdict == Verdict::held && !result.stand_ins.empty()) {
    answer.verdict = Verdict::held_if;
    answer.condition = condition_of(result.reaction);
  }
  return answer;
}

}  // namespace

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
