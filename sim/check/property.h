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
  held_if,  // held, if the model reacts as its stand-in did
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
};

// What one property's check says; check_run makes the result of it.
struct Finding {
  Verdict verdict = Verdict::held;
  std::string text;
  std::vector<Evidence> evidence;
};

// How much evidence is kept for one property.
inline constexpr std::size_t kEvidenceMax = 10;

Finding check_dead_air(const Timeline& timeline, const DeadAir& limit);
Finding check_first_audio(const Timeline& timeline, const FirstAudio& limit);
Finding check_ftl(const Timeline& timeline, const FirstToken& limit);
Finding check_retries(const Timeline& timeline, const Retries& limit);
Finding check_fallback(const Timeline& timeline, const Fallback& limit);
Finding check_answered(const Timeline& timeline, const Answered& limit);
Finding check_ends_cleanly(const Timeline& timeline, const RunResult& result);
Finding check_identical_requests(const Timeline& timeline, const IdenticalRequests& limit);

// Checks them in order. `timeline` is that of `result`.
std::vector<PropertyResult> check_run(const RunResult& result, const Timeline& timeline,
                                      const Expectations& expectations);

}  // namespace ringback::sim
