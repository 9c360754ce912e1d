// A search for cases that break an agent: rounds of a fixed number of cases, with feedback between rounds alone.
//
// What a round's cases are depends on the seed, the shard and what the rounds before came by, merged in the order of
// the cases. So the result does not depend on how many workers ran them or how fast, and a campaign that was stopped is
// a beginning of the same campaign.
//
//   Campaign campaign(generator, {.seed = 7, .cases = 5000});
//   while (!campaign.is_over()) campaign.take(run_all(campaign.next_round()));
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "sim/explore/generate.h"
#include "sim/explore/subject.h"

namespace ringback::sim {

struct CampaignOptions {
  Seed seed = 0;
  std::uint64_t cases = 5000;
  bool feedback = true;  // false: every case is drawn afresh
  // One of `shards` campaigns with seeds of their own; from 1.
  std::uint64_t shard = 1;
  std::uint64_t shards = 1;
};

// The first case with a failure of this signature.
struct Find {
  std::uint64_t number = 0;  // of the case, from 1
  Case one;
  Failure failure;
  Hash128 chain;  // of its run
  bool is_tainted = false;
};

class Campaign {
 public:
  static constexpr std::uint64_t kRoundCases = 64;

  Campaign(const Generator& generator, const CampaignOptions& options);

  bool is_over() const { return taken_ >= options_.cases; }
  // The next cases; at most kRoundCases. Must be taken before the round after it is asked for.
  const std::vector<Case>& next_round();
  // Their outcomes, in order.
  void take(const std::vector<Outcome>& outcomes);
  // Adds a case that an earlier campaign kept; before the first round.
  void seed_corpus(Case one);

  std::uint64_t taken() const { return taken_; }
  // One for each signature, in the order found.
  const std::vector<Find>& finds() const { return finds_; }
  // How many cases had each signature.
  const std::map<Signature, std::uint64_t>& counts() const { return counts_; }
  // Cases that came by something new, in order.
  const std::vector<Case>& corpus() const { return corpus_; }
  std::size_t features() const { return seen_.size(); }

 private:
  Case draw(std::uint64_t number) const;

  const Generator& generator_;
  CampaignOptions options_;
  RandomStream draws_;
  std::vector<Case> round_;
  std::vector<Case> corpus_;
  std::set<std::uint32_t> seen_;
  std::map<Signature, std::uint64_t> counts_;
  std::vector<Find> finds_;
  std::uint64_t taken_ = 0;
};

}  // namespace ringback::sim
