// The properties that can be asked of a run, each with its limits: the one place that says what they are called, what
// they take and what they need.
//
// Each struct's `describe` lists its limits once; reading a file of expectations, writing one, its JSON schema and the
// selectors that are checked all come from it. docs/properties.md has the rules by which each is decided.
//
//   Property asked = DeadAir{.max = seconds(3)};
//   std::string_view name = name_of(asked);      // "dead_air"
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "src/base/time.h"

namespace ringback::sim {

// What a recording must have for a property to be measurable.
enum class Needs { nothing, times, sound };

// Of a limit that is a time.
enum class Least { zero, above_zero };

// What a visitor of `describe` takes: time, optional_time, count, count_or, tool, path, words, choice.

// --- waiting ---

struct DeadAir {
  static constexpr std::string_view kName = "dead_air";
  static constexpr std::string_view kMeaning = "no wait of the caller is longer than `max`";
  static constexpr Needs kNeeds = Needs::sound;
  Duration max;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.time("max", self.max, Least::above_zero);
  }
  friend bool operator==(const DeadAir&, const DeadAir&) = default;
};

struct FirstAudio {
  static constexpr std::string_view kName = "first_audio";
  static constexpr std::string_view kMeaning =
      "the 95th percentile from the end of a caller's turn to the first audible sound is at most `p95`, and no answer "
      "that was due for longer never came";
  static constexpr Needs kNeeds = Needs::sound;
  Duration p95;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.time("p95", self.p95, Least::above_zero);
  }
  friend bool operator==(const FirstAudio&, const FirstAudio&) = default;
};

struct FirstToken {
  static constexpr std::string_view kName = "ftl";
  static constexpr std::string_view kMeaning = "the same to the model's first token";
  static constexpr Needs kNeeds = Needs::times;
  Duration p95;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.time("p95", self.p95, Least::above_zero);
  }
  friend bool operator==(const FirstToken&, const FirstToken&) = default;
};

// At least one limit is given.
struct TurnLatency {
  static constexpr std::string_view kName = "turn_latency";
  static constexpr std::string_view kMeaning =
      "the 95th percentile from the end of a caller's turn to each of the stages that are named is at most what stands "
      "there";
  static constexpr Needs kNeeds = Needs::sound;
  std::optional<Duration> end_of_turn;
  std::optional<Duration> transcript;
  std::optional<Duration> first_token;
  std::optional<Duration> first_byte;
  std::optional<Duration> play_out;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.optional_time("end_of_turn", self.end_of_turn);
    visit.optional_time("transcript", self.transcript);
    visit.optional_time("first_token", self.first_token);
    visit.optional_time("first_byte", self.first_byte);
    visit.optional_time("play_out", self.play_out);
  }
  friend bool operator==(const TurnLatency&, const TurnLatency&) = default;
};

struct Progress {
  static constexpr std::string_view kName = "progress";
  static constexpr std::string_view kMeaning = "after every input the agent does something within that time";
  static constexpr Needs kNeeds = Needs::times;
  Duration within;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.time("within", self.within, Least::above_zero);
  }
  friend bool operator==(const Progress&, const Progress&) = default;
};

struct Fallback {
  static constexpr std::string_view kName = "fallback";
  static constexpr std::string_view kMeaning = "something is said within that time after a tool failed for good";
  static constexpr Needs kNeeds = Needs::sound;
  Duration within;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.time("within", self.within, Least::above_zero);
  }
  friend bool operator==(const Fallback&, const Fallback&) = default;
};

struct Recovery {
  static constexpr std::string_view kName = "recovery";
  static constexpr std::string_view kMeaning =
      "from a fault to the first turn that goes well it takes at most that time";
  static constexpr Needs kNeeds = Needs::sound;
  Duration within;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.time("within", self.within, Least::above_zero);
  }
  friend bool operator==(const Recovery&, const Recovery&) = default;
};

// --- tools ---

// Every function call of the model gets an output.
struct Answered {
  static constexpr std::string_view kName = "answered";
  static constexpr std::string_view kMeaning = "every function call of the model gets an output";
  static constexpr Needs kNeeds = Needs::nothing;
  std::string tool = "*";
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.tool("tool", self.tool);
  }
  friend bool operator==(const Answered&, const Answered&) = default;
};

// Whose doing it is that a request is tried again.
enum class Retrier { anyone, agent, sdk, model };

// Attempts beyond the first of an equal request, each after a failure.
struct Retries {
  static constexpr std::string_view kName = "retries";
  static constexpr std::string_view kMeaning =
      "no request is repeated after a failure more than `max` times in a row, by whom `by` says";
  static constexpr Needs kNeeds = Needs::nothing;
  std::string tool = "*";
  std::uint64_t max = 0;
  Retrier by = Retrier::anyone;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.tool("tool", self.tool);
    visit.count("max", self.max);
    visit.choice("by", self.by, {"anyone", "agent", "sdk", "model"});
  }
  friend bool operator==(const Retries&, const Retries&) = default;
};

// Equal requests to one tool, counted in all.
struct IdenticalRequests {
  static constexpr std::string_view kName = "identical_requests";
  static constexpr std::string_view kMeaning = "no tool is asked the same thing more than `max` times in all";
  static constexpr Needs kNeeds = Needs::nothing;
  std::uint64_t max = 0;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.count("max", self.max);
  }
  friend bool operator==(const IdenticalRequests&, const IdenticalRequests&) = default;
};

struct ExactlyOnce {
  static constexpr std::string_view kName = "exactly_once";
  static constexpr std::string_view kMeaning = "what was asked of the tool with one value of `key` is not done twice";
  static constexpr Needs kNeeds = Needs::nothing;
  std::string tool = "*";
  std::string key = "$";  // into the arguments; $ is all of them
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.tool("tool", self.tool);
    visit.path("key", self.key);
  }
  friend bool operator==(const ExactlyOnce&, const ExactlyOnce&) = default;
};

struct EffectsAfterHangUp {
  static constexpr std::string_view kName = "effects_after_hang_up";
  static constexpr std::string_view kMeaning = "nothing is asked of the tool once the call was hung up";
  static constexpr Needs kNeeds = Needs::nothing;
  std::string tool = "*";
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.tool("tool", self.tool);
  }
  friend bool operator==(const EffectsAfterHangUp&, const EffectsAfterHangUp&) = default;
};

struct UnacknowledgedEffects {
  static constexpr std::string_view kName = "unacknowledged_effects";
  static constexpr std::string_view kMeaning =
      "whatever reached the tool was answered to the agent, or the agent asked again until it was";
  static constexpr Needs kNeeds = Needs::nothing;
  std::string tool = "*";
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.tool("tool", self.tool);
  }
  friend bool operator==(const UnacknowledgedEffects&, const UnacknowledgedEffects&) = default;
};

struct StaleResult {
  static constexpr std::string_view kName = "stale_result";
  static constexpr std::string_view kMeaning =
      "no result is spoken that a newer one of the same function has replaced, or that is older than `max_age`";
  static constexpr Needs kNeeds = Needs::nothing;
  std::string tool = "*";
  std::optional<Duration> max_age;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.tool("tool", self.tool);
    visit.optional_time("max_age", self.max_age);
  }
  friend bool operator==(const StaleResult&, const StaleResult&) = default;
};

struct OwnResults {
  static constexpr std::string_view kName = "own_results";
  static constexpr std::string_view kMeaning = "no function call gets the answer of another call as its output";
  static constexpr Needs kNeeds = Needs::nothing;
  std::string tool = "*";
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.tool("tool", self.tool);
  }
  friend bool operator==(const OwnResults&, const OwnResults&) = default;
};

struct SuccessClaimed {
  static constexpr std::string_view kName = "success_claimed";
  static constexpr std::string_view kMeaning =
      "the agent says none of the `words` unless the last thing asked of the tool went well";
  static constexpr Needs kNeeds = Needs::nothing;
  std::string tool = "*";
  std::vector<std::string> words;  // empty: kClaimWords
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.tool("tool", self.tool);
    visit.words("words", self.words);
  }
  friend bool operator==(const SuccessClaimed&, const SuccessClaimed&) = default;
};

// --- two who speak ---

struct BargeIn {
  static constexpr std::string_view kName = "barge_in";
  static constexpr std::string_view kMeaning = "an agent that is spoken over falls silent within that time";
  static constexpr Needs kNeeds = Needs::sound;
  Duration stops_within;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.time("stops_within", self.stops_within, Least::above_zero);
  }
  friend bool operator==(const BargeIn&, const BargeIn&) = default;
};

struct TalkOver {
  static constexpr std::string_view kName = "talk_over";
  static constexpr std::string_view kMeaning = "agent and caller are never heard at once for longer than `max`";
  static constexpr Needs kNeeds = Needs::sound;
  Duration max;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.time("max", self.max, Least::zero);
  }
  friend bool operator==(const TalkOver&, const TalkOver&) = default;
};

struct MissedBargeIn {
  static constexpr std::string_view kName = "missed_barge_in";
  static constexpr std::string_view kMeaning = "the agent talks on through what the caller says at most `max` times";
  static constexpr Needs kNeeds = Needs::sound;
  std::uint64_t max = 0;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.count("max", self.max);
  }
  friend bool operator==(const MissedBargeIn&, const MissedBargeIn&) = default;
};

struct FalseBargeIn {
  static constexpr std::string_view kName = "false_barge_in";
  static constexpr std::string_view kMeaning =
      "the agent breaks off at most `max` times although the caller said and pressed nothing";
  static constexpr Needs kNeeds = Needs::sound;
  std::uint64_t max = 0;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.count("max", self.max);
  }
  friend bool operator==(const FalseBargeIn&, const FalseBargeIn&) = default;
};

struct CutIn {
  static constexpr std::string_view kName = "cut_in";
  static constexpr std::string_view kMeaning = "the agent begins to speak at most `max` before the caller has finished";
  static constexpr Needs kNeeds = Needs::sound;
  Duration max;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.time("max", self.max, Least::zero);
  }
  friend bool operator==(const CutIn&, const CutIn&) = default;
};

// --- what was said ---

struct Speaks {
  static constexpr std::string_view kName = "speaks";
  static constexpr std::string_view kMeaning = "the agent says at least one word in the call";
  static constexpr Needs kNeeds = Needs::sound;
  template <class Self, class Visitor>
  static void describe(Self&, Visitor&) {}
  friend bool operator==(const Speaks&, const Speaks&) = default;
};

struct Underruns {
  static constexpr std::string_view kName = "underruns";
  static constexpr std::string_view kMeaning = "the sound of an answer runs dry at most `max` times";
  static constexpr Needs kNeeds = Needs::sound;
  std::uint64_t max = 0;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.count("max", self.max);
  }
  friend bool operator==(const Underruns&, const Underruns&) = default;
};

struct Truncation {
  static constexpr std::string_view kName = "truncation";
  static constexpr std::string_view kMeaning =
      "where the agent tells the model how much was heard, it is off by at most `tolerance`";
  static constexpr Needs kNeeds = Needs::sound;
  Duration tolerance;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.time("tolerance", self.tolerance, Least::zero);
  }
  friend bool operator==(const Truncation&, const Truncation&) = default;
};

struct SpokenText {
  static constexpr std::string_view kName = "spoken_text";
  static constexpr std::string_view kMeaning =
      "of what stands in the model's conversation as said, all but `tolerance` was heard";
  static constexpr Needs kNeeds = Needs::sound;
  Duration tolerance;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.time("tolerance", self.tolerance, Least::zero);
  }
  friend bool operator==(const SpokenText&, const SpokenText&) = default;
};

struct ContextKept {
  static constexpr std::string_view kName = "context_kept";
  static constexpr std::string_view kMeaning =
      "after a reconnect the model is told the last `turns` things that were said before it answers";
  static constexpr Needs kNeeds = Needs::nothing;
  static constexpr std::uint64_t kTurns = 2;
  std::uint64_t turns = kTurns;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.count_or("turns", self.turns, kTurns);
  }
  friend bool operator==(const ContextKept&, const ContextKept&) = default;
};

// --- the whole call ---

struct Tokens {
  static constexpr std::string_view kName = "tokens";
  static constexpr std::string_view kMeaning = "the model's usage reports come to at most `max` tokens";
  static constexpr Needs kNeeds = Needs::nothing;
  std::uint64_t max = 0;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit.count("max", self.max);
  }
  friend bool operator==(const Tokens&, const Tokens&) = default;
};

struct EndsCleanly {
  static constexpr std::string_view kName = "ends_cleanly";
  static constexpr std::string_view kMeaning = "somebody hung up because the conversation was over";
  static constexpr Needs kNeeds = Needs::nothing;
  template <class Self, class Visitor>
  static void describe(Self&, Visitor&) {}
  friend bool operator==(const EndsCleanly&, const EndsCleanly&) = default;
};

using Property = std::variant<DeadAir, FirstAudio, FirstToken, TurnLatency, Progress, Fallback, Recovery, Answered,
                              Retries, IdenticalRequests, ExactlyOnce, EffectsAfterHangUp, UnacknowledgedEffects,
                              StaleResult, OwnResults, SuccessClaimed, BargeIn, TalkOver, MissedBargeIn, FalseBargeIn,
                              CutIn, Speaks, Underruns, Truncation, SpokenText, ContextKept, Tokens, EndsCleanly>;

// "dead_air", as in a file of expectations.
std::string_view name_of(const Property& property);
// The limits: "{max: 3s}".
std::string to_text(const Property& property);
Needs needs_of(const Property& property);
// The selector of tools that the property has; null where it has none.
const std::string* tool_selector_of(const Property& property);

// Calls `use.template operator()<P>()` for each kind of property, in the order of Property's alternatives.
template <class Use, std::size_t Index = 0>
void for_each_kind_of_property(Use&& use) {
  if constexpr (Index < std::variant_size_v<Property>) {
    use.template operator()<std::variant_alternative_t<Index, Property>>();
    for_each_kind_of_property<Use, Index + 1>(std::forward<Use>(use));
  }
}

}  // namespace ringback::sim
