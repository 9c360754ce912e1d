// The runs of a shrinker: each candidate once, counted against a budget, and some ahead of the questions where there
// are workers.
//
// What is answered does not depend on how many were run ahead or by whom: a candidate's outcome is its own, and a run
// counts when it is asked for.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/explore/subject.h"
#include "sim/explore/tape.h"

namespace ringback::sim {

struct Candidate {
  Tape tape;
  Case one;
};

struct ShrinkBudget {
  std::uint64_t runs = 500;
  // Asked before every run; true ends the search with the best so far (a time limit, an interrupt).
  std::function<bool()> is_spent = [] { return false; };
  // How many candidates are worth running at once; with 1 nothing is run ahead.
  std::uint64_t jobs = 1;
  // Runs `count` things at once and gives their outcomes in order.
  std::function<std::vector<Outcome>(std::size_t count, const std::function<Outcome(std::size_t)>& run)> run_all;
};

// Thrown by Trials::ask; caught by whoever has the best so far.
struct BudgetSpent {};

class Trials {
 public:
  Trials(Subject& subject, const ShrinkBudget& budget) : subject_(subject), budget_(budget) {}

  // Throws BudgetSpent. A candidate that cannot be run at all has no failures and `is_refused`.
  const Outcome& ask(const Candidate& candidate);
  // These are likely to be asked soon, the first ones the soonest.
  void ahead(const std::vector<Candidate>& candidates);
  std::uint64_t runs() const { return asked_.size(); }

 private:
  Outcome run(const Candidate& candidate) const;

  Subject& subject_;
  const ShrinkBudget& budget_;
  std::map<std::string, Outcome> outcomes_;
  std::set<std::string> asked_;
};

}  // namespace ringback::sim
