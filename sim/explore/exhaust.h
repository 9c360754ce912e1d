// Every single fault, or every pair, at every place of a run: what a search by chance cannot prove.
//
// The faults are the kinds of a Generator, each with a few typical arguments, at each call of a tool, each response and
// token of a model, and each second of a track. The model's reaction is varied only where the run came to one: without
// a stand-in every reaction gives the same run.
//
//   Exhaustion all(generator, {.faults = 1});
//   while (!all.is_over()) all.take(run_all(all.next_round()));
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "sim/explore/campaign.h"
#include "sim/explore/generate.h"

namespace ringback::sim {

// One fault at each of its places. In a fixed order.
std::vector<Fault> single_faults(const Generator& generator);

struct ExhaustOptions {
  std::uint64_t faults = 1;  // 1 or 2
  bool varies_reaction = true;
};

class Exhaustion {
 public:
  static constexpr std::uint64_t kRoundCases = Campaign::kRoundCases;

  Exhaustion(const Generator& generator, const ExhaustOptions& options);

  bool is_over() const { return round_.empty() && next_ >= bases_ && waiting_.empty(); }
  // At most kRoundCases. Must be taken before the round after it is asked for.
  const std::vector<Case>& next_round();
  void take(const std::vector<Outcome>& outcomes);

  // How many single faults there are; places at which at least one of them acted; runs made, and runs left out because
  // they would have been equal to one that was made.
  std::size_t faults() const { return faults_.size(); }
  std::size_t anchors() const { return acted_at_.size(); }
  std::uint64_t cases() const { return bases_; }
  std::uint64_t taken() const { return taken_; }
  std::uint64_t pruned() const { return pruned_; }
  const std::vector<Find>& finds() const { return finds_; }
  const std::map<Signature, std::uint64_t>& counts() const { return counts_; }

 private:
  Case base(std::uint64_t index) const;
  void note(const Case& one, const Outcome& outcome);

  ExhaustOptions options_;
  std::vector<Fault> faults_;
  std::uint64_t bases_ = 0;  // cases with the first reaction
  std::uint64_t next_ = 0;
  std::vector<Case> waiting_;  // the other reactions of cases that came to one
  std::vector<Case> round_;
  std::uint64_t taken_ = 0;
  std::uint64_t pruned_ = 0;
  std::set<std::string> acted_at_;
  std::set<Hash128> seen_;  // runs that were made
  std::map<Signature, std::uint64_t> counts_;
  std::vector<Find> finds_;
};

}  // namespace ringback::sim
