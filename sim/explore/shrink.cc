#include "sim/explore/shrink.h"

#include <algorithm>
#include <numeric>

#include "sim/explore/minimize.h"
#include "sim/explore/simplify.h"
#include "sim/explore/turns.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

std::string counted(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

class Shrinker {
 public:
  Shrinker(Subject& subject, const trace::Trace& recording, const Case& one, const Signature& signature,
           const ShrinkBudget& budget)
      : trials_(subject, budget), signature_(signature), best_{.tape = Tape(recording), .one = one} {}

  Shrunk run() {
    try {
      const Outcome first = trials_.ask(best_);
      if (!has_failure(first, signature_)) {
        fail("expected the failure \"{}\", found a run without it: there is nothing to shrink", to_text(signature_));
      }
      note(first);
      leave_out_parts(first);
      cut_the_rest();
      simplify_parts();
      leave_out_turns();
      leave_out_exchanges();
      leave_out_sound();
      // Places have moved with what was left out.
      simplify_parts();
      certify();
    } catch (const BudgetSpent&) {
      say("the budget was spent");
    }
    shrunk_.runs = trials_.runs();
    shrunk_.recording = *best_.tape;
    shrunk_.one = best_.one;
    return std::move(shrunk_);
  }

 private:
  void say(std::string step) { shrunk_.steps.push_back(std::move(step)); }

  void note(const Outcome& outcome) {
    shrunk_.digest = outcome.digest;
    for (const Failure& failure : outcome.failures) {
      if (failure.signature == signature_) shrunk_.finding = failure.finding;
    }
  }

  static Candidate with_case(const Candidate& candidate, Case one) {
    return {.tape = candidate.tape, .one = std::move(one)};
  }
  static Candidate bare(const Candidate& candidate) { return with_case(candidate, with_parts(candidate.one, {})); }

  bool fails(const Candidate& candidate) {
    const Outcome& outcome = trials_.ask(candidate);
    return has_failure(outcome, signature_) && !outcome.is_tainted;
  }
  // Whether it still fails; then it is the best.
  bool try_instead(const Candidate& candidate) {
    if (!fails(candidate)) return false;
    note(trials_.ask(candidate));
    best_ = candidate;
    return true;
  }
  bool try_case(Case one) { return try_instead(with_case(best_, std::move(one))); }

  // A smaller recording must fail for the same reason: without the parts of the case it holds, as before.
  bool fails_by_its_parts(const Candidate& candidate) {
    trials_.ahead(pair_of(candidate));
    return fails(candidate) && (part_count(candidate.one) == 0 || !fails(bare(candidate)));
  }
  bool try_recording(const Candidate& candidate) { return fails_by_its_parts(candidate) && try_instead(candidate); }
  static std::vector<Candidate> pair_of(const Candidate& candidate) { return {candidate, bare(candidate)}; }

  // What never fired goes first, without a question for each.
  void leave_out_parts(const Outcome& first) {
    const Case whole = best_.one;
    std::vector<std::size_t> active;
    for (std::size_t i = 0; i < part_count(whole); ++i) {
      if (i >= first.fired.size() || first.fired[i] > 0) active.push_back(i);
    }
    if (active.size() < part_count(whole) && !try_case(with_parts(whole, active))) {
      active.resize(part_count(whole));
      std::iota(active.begin(), active.end(), std::size_t{0});
    }
    const Candidate fired = with_case(best_, with_parts(whole, active));
    const auto of = [&](const Subset& kept) { return with_case(fired, with_parts(fired.one, kept)); };
    minimize(
        part_count(fired.one),
        [&](const Subset& kept) {
          return part_count(best_.one) > kept.size() ? try_instead(of(kept)) : fails(of(kept));
        },
        UINT64_MAX, [&](const std::vector<Subset>& soon) { ahead(soon, of); });
    say(fmt::format("{} of {} faults and mutations needed", part_count(best_.one), part_count(whole)));
  }

  template <class CandidateOf>
  void ahead(const std::vector<Subset>& soon, const CandidateOf& of) {
    std::vector<Candidate> candidates;
    for (const Subset& kept : soon) candidates.push_back(of(kept));
    trials_.ahead(candidates);
  }

  // The shortest beginning of the recording, to the second.
  void cut_the_rest() {
    const Duration whole = best_.tape->duration();
    std::int64_t pass = -1;
    std::int64_t fails = whole.ns() / seconds(1).ns() + 1;
    const Candidate uncut = best_;
    while (fails - pass > 1) {
      const std::int64_t middle = pass + (fails - pass) / 2;
      const trace::Trace cut = cut_after(*uncut.tape, VirtualTime() + seconds(middle));
      (try_recording({.tape = Tape(cut), .one = uncut.one}) ? fails : pass) = middle;
    }
    say(fmt::format("{} of the recording's {} needed", to_seconds_text(best_.tape->duration()),
                    to_seconds_text(whole)));
  }

  void simplify_parts() {
    std::uint64_t changed = 0;
    Case plain = best_.one;
    plain.reaction = Reaction::apologise;
    plain.seed = 0;
    if (plain != best_.one && try_case(plain)) ++changed;
    for (std::size_t part = 0; part < part_count(best_.one); ++part) {
      // Each pass takes one parameter one step; no part needs more than a few.
      for (int pass = 0; pass < 8; ++pass) {
        const std::vector<Case> tries = simpler(best_.one, part);
        bool took = false;
        for (std::size_t i = 0; i < tries.size() && !took; ++i) {
          std::vector<Candidate> soon;
          for (std::size_t j = i; j < tries.size(); ++j) soon.push_back(with_case(best_, tries[j]));
          trials_.ahead(soon);
          took = try_case(tries[i]);
        }
        if (!took) break;
        ++changed;
      }
    }
    if (changed > 0) say(fmt::format("{} rounder or smaller", counted(changed, "parameter")));
  }

  // Searches for the things that the recording needs; `without` makes a candidate of what is kept. How many are left.
  template <class CandidateOf>
  std::size_t minimize_recording(std::size_t count, const CandidateOf& of) {
    const Minimized found = minimize(
        count, [&](const Subset& kept) { return fails_by_its_parts(of(kept)); }, UINT64_MAX,
        [&](const std::vector<Subset>& soon) { ahead(soon, of); });
    if (found.kept.size() < count) try_instead(of(found.kept));
    return found.kept.size();
  }

  void leave_out_turns() {
    const Candidate whole = best_;
    const std::vector<VirtualTime> begins = turn_begins(*whole.tape);
    const std::size_t left = minimize_recording(begins.size(), [&](const Subset& kept) {
      ShorterCall part = with_turns(*whole.tape, whole.one, begins, kept);
      return Candidate{.tape = Tape(std::move(part.recording)), .one = std::move(part.one)};
    });
    if (left < begins.size()) say(fmt::format("{} of {} turns of the caller needed", left, begins.size()));
  }

  void leave_out_exchanges() {
    const Candidate whole = best_;
    const std::vector<ExchangeId> exchanges = exchanges_of(*whole.tape);
    const std::size_t left = minimize_recording(exchanges.size(), [&](const Subset& kept) {
      ShorterCall part = with_exchanges(*whole.tape, whole.one, exchanges, kept);
      return Candidate{.tape = Tape(std::move(part.recording)), .one = std::move(part.one)};
    });
    if (left < exchanges.size()) say(fmt::format("{} of {} exchanges needed", left, exchanges.size()));
  }

  void leave_out_sound() {
    const auto try_trace = [&](trace::Trace recording) {
      return try_recording({.tape = Tape(std::move(recording)), .one = best_.one});
    };
    if (try_trace(without_agent_sound(*best_.tape))) say("what the recorded agent sent as sound is gone");
    if (try_trace(with_bursts(*best_.tape))) say("the speech is bursts of one tone");
  }

  void certify() {
    for (;;) {
      std::vector<Candidate> soon;
      for (std::size_t i = 0; i < part_count(best_.one); ++i)
        soon.push_back(with_case(best_, without_part(best_.one, i)));
      trials_.ahead(soon);
      const auto run = [&](const Case& one) { return trials_.ask(with_case(best_, one)); };
      const std::optional<std::size_t> needless = needless_part(best_.one, signature_, run, shrunk_.certificate);
      if (!needless) break;
      try_case(without_part(best_.one, *needless));
    }
    shrunk_.is_minimal = true;
    say(fmt::format("without {} the run holds", part_count(best_.one) == 1 ? "it" : "any one of them"));
  }

  Trials trials_;
  Signature signature_;
  Candidate best_;
  Shrunk shrunk_;
};

}  // namespace

Shrunk shrink(Subject& subject, const trace::Trace& recording, const Case& one, const Signature& signature,
              const ShrinkBudget& budget) {
  return Shrinker(subject, recording, one, signature, budget).run();
}

}  // namespace ringback::sim
