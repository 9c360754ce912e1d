// A change of the recorded input at an exact offset: what the caller's sound, a tool's answer or the model's stream
// would have been otherwise. Plain data.
//
// Sound is counted in frames of 20 ms from 0, calls and responses from 1. Times stay as they are: frames that are
// cut leave silence at the end of what the caller says, frames that are put in take the silence behind it. So the turns
// before a mutation are as recorded.
//
//   trace::Trace changed = mutated(recording, {{.name = MutationName::silence, .channel = "caller.audio", .at = 120,
//   .count = 30}});
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/bytes.h"
#include "src/trace/trace.h"

namespace ringback::sim {

enum class MutationName : std::uint8_t {
  // sound of the caller: `count` frames from frame `at`
  cut,      // what follows in the utterance moves forward
  repeat,   // said twice
  silence,  // nothing is said
  swap,     // change places with the `count` frames behind them
  stretch,  // each frame sounds twice
  speech,   // the caller speaks here: the recording's first audible frames
  digit,    // the key `value` is pressed at frame `at`
  // a tool's answer: call `at` of the channel
  result,        // its JSON is changed: `value` says how, see docs/explore.md
  swap_results,  // with call `count` of the same channel, or of the channel `value`
  swap_order,    // each of the two comes when the other one did; as for swap_results
  latency,       // takes `count` times as long; of a model: response `at`, from its first event on
  // the model's stream: response `at`
  split_token,   // token `count` comes in two
  rechunk,       // texts, transcripts and arguments come in pieces of `count` characters
  split_octets,  // part `count` of a completion comes in two, cut within a character that has several octets
};

struct Mutation {
  MutationName name = MutationName::cut;
  std::string channel;
  std::uint64_t at = 0;
  std::uint64_t count = 1;
  std::string value;

  friend bool operator==(const Mutation&, const Mutation&) = default;
};

inline constexpr std::uint64_t kMutationCountMax = 100'000;
inline constexpr std::size_t kMutationsMax = 1'000;

std::string_view name_of(MutationName name);
std::span<const MutationName> mutation_names();
// "silence caller.audio 120 30", and the value as a JSON string behind it where there is one.
std::string to_text(const Mutation& mutation);
// Throws Error; the message begins with `where`.
Mutation parse_mutation(std::string_view where, std::string_view text);

// The recording with the changes, in their order. A place that the recording does not have changes nothing.
trace::Trace mutated(const trace::Trace& recording, std::span<const Mutation> mutations);

}  // namespace ringback::sim
