// What a search runs: one recording against one agent, under one case after the other.
//
//   Subject subject({.make_agent = [&](auto&&...) { return make_agent(spec, own); }, .expectations = asked});
//   const Outcome outcome = subject.run(Tape(recording), one);
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "sim/agents/port.h"
#include "sim/check/expectations.h"
#include "sim/explore/case.h"
#include "sim/explore/signature.h"
#include "sim/explore/tape.h"
#include "sim/peers/caller.h"
#include "sim/run/result.h"

namespace ringback::sim {

// What a search has to know of one run.
struct Outcome {
  Digest digest;  // zeros where it was not asked for
  Hash128 chain;  // over the same rows, and quicker: equal runs have equal ones
  std::vector<Failure> failures;
  // What the run came by, each as a number: pairs of events that followed each other, where faults acted, and how near
  // each measured figure came to its limit. Ascending, each once.
  std::vector<std::uint32_t> features;
  std::vector<std::uint64_t> fired;  // how often each fault of the case did
  VirtualTime end;
  bool is_tainted = false;
  bool rests_on_reaction = false;  // the model had to answer what nobody recorded
  bool is_refused = false;         // by a shrinker's runs alone: too little was left for a run
};

bool has_failure(const Outcome& outcome, const Signature& signature);

class Subject {
 public:
  struct Parts {
    // For one run; what it is given outlives the agent.
    std::function<std::unique_ptr<Agent>(const trace::Trace& recording, const Schedule& schedule)> make_agent;
    Expectations expectations;
    Schedule base;  // the user's own overlay, which is under every case
    CallerOptions caller;
  };
  explicit Subject(Parts parts) : parts_(std::move(parts)) {}
  // Throws Error where the recording cannot be replayed at all.
  Outcome run(const Tape& tape, const Case& one, RunDigest digest = RunDigest::wanted) const;
  // For a recording that one run is made of.
  Outcome run(const trace::Trace& recording, const Case& one) const { return run(Tape(recording), one); }

  // The run itself, for whoever wants to see all of it.
  RunResult replay(const Tape& tape, const Case& one, RunDigest digest = RunDigest::wanted) const;

 private:
  Parts parts_;
};

// Of a finished run, whose schedule has the case's faults behind the `base_faults` that are under every case.
Outcome outcome_of(const RunResult& result, const Expectations& expectations, const Case& one,
                   std::size_t base_faults = 0);

}  // namespace ringback::sim
