#include "sim/explore/campaign.h"

#include <algorithm>

#include "src/base/error.h"

namespace ringback::sim {
namespace {

// Draws for one case: its seed, whether it varies another, and which.
constexpr std::uint64_t kDrawsPerCase = 3;

}  // namespace

Campaign::Campaign(const Generator& generator, const CampaignOptions& options)
    : generator_(generator),
      options_(options),
      draws_({.seed = options.seed,
              .domain = "explore",
              .entity = options.shards == 1 ? "campaign" : fmt::format("shard {} of {}", options.shard, options.shards),
              .purpose = "case"}) {
  RINGBACK_CHECK(options.shard >= 1 && options.shard <= options.shards, "shard {} is one of {}", options.shard,
                 options.shards);
}

void Campaign::seed_corpus(Case one) {
  RINGBACK_CHECK(taken_ == 0 && round_.empty(), "a corpus is there before the first round");
  corpus_.push_back(std::move(one));
}

Case Campaign::draw(std::uint64_t number) const {
  const std::uint64_t first = (number - 1) * kDrawsPerCase;
  const Seed seed = draws_.bits(first);
  if (!options_.feedback || corpus_.empty() || draws_.chance(first + 1, {1, 3})) return generator_.draw(seed);
  // What came last is the least tried: half of the time one of the last sixteen.
  const std::uint64_t size = corpus_.size();
  const std::uint64_t recent = std::min<std::uint64_t>(size, 16);
  const std::uint64_t drawn = draws_.bits(first + 2);
  const std::uint64_t parent = drawn % 2 == 0 ? (drawn / 2) % size : size - 1 - (drawn / 2) % recent;
  return generator_.vary(corpus_[parent], seed);
}

const std::vector<Case>& Campaign::next_round() {
  RINGBACK_CHECK(round_.empty(), "a round is taken before the next one");
  const std::uint64_t count = std::min(kRoundCases, options_.cases - std::min(options_.cases, taken_));
  for (std::uint64_t i = 1; i <= count; ++i) round_.push_back(draw(taken_ + i));
  return round_;
}

void Campaign::take(const std::vector<Outcome>& outcomes) {
  RINGBACK_CHECK(outcomes.size() == round_.size(), "every case has an outcome: {} of {}", outcomes.size(),
                 round_.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const Outcome& outcome = outcomes[i];
    ++taken_;
    for (const Failure& failure : outcome.failures) {
      if (++counts_[failure.signature] > 1) continue;
      finds_.push_back({.number = taken_,
                        .one = round_[i],
                        .failure = failure,
                        .chain = outcome.chain,
                        .is_tainted = outcome.is_tainted});
    }
    bool is_new = false;
    for (const std::uint32_t feature : outcome.features) is_new |= seen_.insert(feature).second;
    if (is_new) corpus_.push_back(round_[i]);
  }
  round_.clear();
}

}  // namespace ringback::sim
