// What one run gave: its journal, its digest, and what happened on the way. A value; printable and serialisable.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/dialog/reaction.h"
#include "sim/peers/divergence.h"
#include "sim/peers/voice_activity.h"
#include "src/base/hash.h"
#include "src/base/random.h"
#include "src/trace/trace.h"

namespace ringback::sim {

// Guarantee levels, see docs/determinism.md.
enum class Level { in_process, child_process, real_time };
// "A", "B" or "C".
std::string_view name_of(Level level);

// A fault, or a rule of the user's ("answers[2]", from 1).
struct FaultOutcome {
  std::string id;
  std::uint64_t fired = 0;       // how often
  bool may_stay_silent = false;  // it has a probability or is optional: not firing is only reported
  std::string nearest;           // of one that did not fire: how near the run came to what it names
};

// Of a search's runs most are never looked at again: their chain tells equal ones.
enum class RunDigest { wanted, left_out };

struct RunResult {
  trace::Trace run;  // the run trace: channels as in the recording, every event with its origin
  Digest digest;     // its content root; zeros where it was not asked for
  Hash128 chain;     // value of the chain after the last event
  Level level = Level::in_process;
  std::vector<std::string> taints;
  Seed seed = 0;
  VirtualTime end;
  std::string ended_by;  // "caller", "agent", "patience", "silence", "limit", "halt", "agent-failed"
  std::map<std::string, std::uint64_t>
      origins;  // recorded, recorded-repeat, recorded-other-args, rule, stub: answers each
  std::vector<FaultOutcome> faults;
  std::optional<Divergence> divergence;
  bool halted = false;               // the policy was to stop at the divergence, and it did
  std::vector<std::string> notices;  // what the user should know: prompt changed, times ran backwards, ...
  std::string schedule_hash;         // of a child's threads, hex: a diagnostic, no part of the digest; empty at level A
  std::string agent_output;          // the end of what a child printed
  // Answers of the model that nobody recorded, in order of `due`: all that a reaction decided.
  std::vector<StandIn> stand_ins;
  Reaction reaction = Reaction::apologise;  // what it was, whether or not it was needed
  // How the model's detector of speech was fitted to the recording; nothing where there was nothing to fit it to.
  std::optional<DetectorFit> detector;
  // When the agent was first heard, or its first text arrived; nothing where the call ended without a word of it.
  std::optional<VirtualTime> agent_first_heard;
};

}  // namespace ringback::sim
