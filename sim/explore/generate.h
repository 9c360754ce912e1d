// Draws cases: fault schedules, reactions and mutations over what a run had.
//
// RapidCheck draws, under an explicit seed: the same seed and sites give the same case on every machine. A case is
// drawn swarm style: it enables its own subset of kinds of fault and mutation, each with its own weight, so that some
// cases are all of one kind and others a mixture. Durations are log-uniform. Every anchor is one that the sites have.
//
//   const Generator generator(recording, find_sites(run), {});
//   const Case one = generator.draw(seed);
#pragma once

#include <vector>

#include "sim/explore/case.h"
#include "sim/explore/case_kinds.h"
#include "sim/explore/sites.h"

namespace ringback::sim {

// What can be drawn at all: the recording is needed for the JSON of its answers.
class Generator {
 public:
  // Throws Error where nothing can be drawn: no channel, or `only` names nothing that fits one.
  Generator(const trace::Trace& recording, Sites sites, GenerateOptions options);
  Generator(const Generator&) = delete;  // the kinds point into the sites
  Generator& operator=(const Generator&) = delete;

  Case draw(Seed seed) const;
  // A neighbour of `one`: a part more, a part less, or a part with another place or argument.
  Case vary(const Case& one, Seed seed) const;

  const std::vector<CaseKind>& kinds() const { return kinds_; }
  const Sites& sites() const { return sites_; }

 private:
  const CaseKind* kind_of(const Case& one, std::uint64_t part) const;

  Sites sites_;
  GenerateOptions options_;
  std::vector<CaseKind> kinds_;
  bool restarts_ = false;  // a restart is among the kinds: whatever ends the process has one with it
};

}  // namespace ringback::sim
