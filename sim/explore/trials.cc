#include "sim/explore/trials.h"

#include "src/base/error.h"

namespace ringback::sim {
namespace {

std::string key_of(const Candidate& candidate) {
  return fmt::format("{:016x} {}", candidate.tape.number(), to_text(candidate.one));
}

}  // namespace

Outcome Trials::run(const Candidate& candidate) const {
  try {
    return subject_.run(candidate.tape, candidate.one);
  } catch (const Error&) {
    return {.is_refused = true};  // too little is left for a run
  }
}

const Outcome& Trials::ask(const Candidate& candidate) {
  const std::string key = key_of(candidate);
  if (!asked_.contains(key)) {
    if (runs() >= budget_.runs || (runs() > 0 && budget_.is_spent())) throw BudgetSpent{};
    asked_.insert(key);
  }
  const auto known = outcomes_.find(key);
  return known != outcomes_.end() ? known->second : outcomes_.emplace(key, run(candidate)).first->second;
}

void Trials::ahead(const std::vector<Candidate>& candidates) {
  if (budget_.jobs < 2 || !budget_.run_all) return;
  std::vector<const Candidate*> unknown;
  for (const Candidate& candidate : candidates) {
    if (unknown.size() == budget_.jobs) break;
    if (!outcomes_.contains(key_of(candidate))) unknown.push_back(&candidate);
  }
  if (unknown.size() < 2) return;
  std::vector<Outcome> outcomes = budget_.run_all(unknown.size(), [&](std::size_t i) { return run(*unknown[i]); });
  for (std::size_t i = 0; i < unknown.size(); ++i) outcomes_.emplace(key_of(*unknown[i]), std::move(outcomes[i]));
}

}  // namespace ringback::sim
