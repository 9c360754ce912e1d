// The answer to one property of one run, with what it rests on.
//
//   std::vector<PropertyResult> answers = check_run(result, timeline, expectations);
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/check/expectations.h"
#include "sim/check/timeline.h"
#include "sim/run/result.h"

namespace ringback::sim {

enum class Verdict {
  held,
  held_if,  // held, where what it rests on was made up: if the model reacts as its stand-in did
  failed,
  undecided,       // the run stopped too early, or what was asked about did not occur
  not_measurable,  // the recording has no times, or not all of its sound
};
// "held", "held-if", ...
std::string_view name_of(Verdict verdict);

struct Evidence {
  VirtualTime at;
  std::optional<EventIndex> event;  // position in the run trace
  std::string text;

  friend bool operator==(const Evidence&, const Evidence&) = default;
};

struct PropertyResult {
  Property property;
  Verdict verdict = Verdict::held;
  std::string finding;             // one line: what was found
  std::string condition;           // of held_if: "the model apologises"
  std::vector<Evidence> evidence;  // where; the worst first
  bool was_asked = false;          // by `--expect`, not by default
  // What the verdict rests on was decided by a reaction of the model that nobody recorded, whatever the verdict is.
  bool rests_on_reaction = false;
  // The selector of tools names none that the run or its recording knows; `nearest` is the nearest name, if any.
  bool names_no_tool = false;
  std::string nearest;
};

// What one property's check says; check_run makes the result of it.
struct Finding {
  Verdict verdict = Verdict::held;
  std::string text;
  std::vector<Evidence> evidence;
  // The latest moment that the verdict rests on; nothing: the whole run. What was made up later does not matter to it.
  std::optional<VirtualTime> rests_until = std::nullopt;

  // Keeps the first kEvidenceMax.
  void add(Evidence found);
};

// How much evidence is kept for one property.
inline constexpr std::size_t kEvidenceMax = 10;

Finding check_dead_air(const Timeline& timeline, const DeadAir& limit);
Finding check_first_audio(const Timeline& timeline, const FirstAudio& limit);
Finding check_ftl(const Timeline& timeline, const FirstToken& limit);
Finding check_turn_latency(const Timeline& timeline, const TurnLatency& limit);
Finding check_progress(const Timeline& timeline, const Progress& limit);
Finding check_fallback(const Timeline& timeline, const Fallback& limit);
Finding check_recovery(const Timeline& timeline, const Recovery& limit);
Finding check_answered(const Timeline& timeline, const Answered& limit);
Finding check_retries(const Timeline& timeline, const Retries& limit);
Finding check_identical_requests(const Timeline& timeline, const IdenticalRequests& limit);
Finding check_exactly_once(const Timeline& timeline, const ExactlyOnce& limit);
Finding check_effects_after_hang_up(const Timeline& timeline, const EffectsAfterHangUp& limit);
Finding check_unacknowledged_effects(const Timeline& timeline, const UnacknowledgedEffects& limit);
Finding check_stale_result(const Timeline& timeline, const StaleResult& limit);
Finding check_own_results(const Timeline& timeline, const OwnResults& limit);
Finding check_success_claimed(const Timeline& timeline, const SuccessClaimed& limit);
Finding check_barge_in(const Timeline& timeline, const BargeIn& limit);
Finding check_talk_over(const Timeline& timeline, const TalkOver& limit);
Finding check_missed_barge_in(const Timeline& timeline, const MissedBargeIn& limit);
Finding check_false_barge_in(const Timeline& timeline, const FalseBargeIn& limit);
Finding check_cut_in(const Timeline& timeline, const CutIn& limit);
Finding check_speaks(const Timeline& timeline, const RunResult& result);
Finding check_underruns(const Timeline& timeline, const Underruns& limit);
Finding check_truncation(const Timeline& timeline, const Truncation& limit);
Finding check_spoken_text(const Timeline& timeline, const SpokenText& limit);
Finding check_context_kept(const Timeline& timeline, const ContextKept& limit);
Finding check_tokens(const Timeline& timeline, const Tokens& limit);
Finding check_ends_cleanly(const Timeline& timeline, const RunResult& result);

// Checks them in order. `timeline` is that of `result`.
std::vector<PropertyResult> check_run(const RunResult& result, const Timeline& timeline,
                                      const Expectations& expectations);

}  // namespace ringback::sim
