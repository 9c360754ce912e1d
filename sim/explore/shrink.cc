#include "sim/explore/shrink.h"

#include <algorithm>
#include <map>
#include <optional>

#include "sim/explore/minimize.h"
#include "sim/explore/simplify.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

struct BudgetSpent {};

class Shrinker {
 public:
  Shrinker(Subject& subject, const trace::Trace& recording, const Case& one, const Signature& signature,
           const ShrinkBudget& budget)
      : subject_(subject), signature_(signature), budget_(budget) {
    best_.recording = recording;
    best_.one = one;
  }

  Shrunk run() {
    const Outcome first = ask(best_.recording, best_.one);
    if (!has_failure(first, signature_)) {
      fail("expected the failure \"{}\", found a run without it: there is nothing to shrink", to_text(signature_));
    }
    best_.digest = first.digest;
    try {
      leave_out_parts(first);
      cut_the_rest();
      simplify_parts();
      silence_the_words();
      certify();
    } catch (const BudgetSpent&) {
      say("the budget was spent");
    }
    best_.runs = runs_;
    return std::move(best_);
  }

 private:
  Outcome ask(const trace::Trace& recording, const Case& one) {
    if (runs_ >= budget_.runs || (runs_ > 0 && budget_.is_spent())) throw BudgetSpent{};
    ++runs_;
    return subject_.run(recording, one);
  }

  // Whether it still fails; then it is the best.
  bool try_instead(const trace::Trace& recording, const Case& one) {
    const Outcome outcome = ask(recording, one);
    if (!has_failure(outcome, signature_) || outcome.is_tainted) return false;
    best_.digest = outcome.digest;
    best_.one = one;
    if (&recording != &best_.recording) best_.recording = recording;
    return true;
  }

  void say(std::string step) { best_.steps.push_back(std::move(step)); }

  // What never fired goes first, without a question for each.
  void leave_out_parts(const Outcome& first) {
    const Case whole = best_.one;
    std::vector<std::size_t> active;
    for (std::size_t i = 0; i < part_count(whole); ++i) {
      if (i >= first.fired.size() || first.fired[i] > 0) active.push_back(i);
    }
    if (active.size() < part_count(whole) && !try_instead(best_.recording, with_parts(whole, active))) {
      active.resize(part_count(whole));
      for (std::size_t i = 0; i < active.size(); ++i) active[i] = i;
    }
    const Case fired = with_parts(whole, active);
    minimize(part_count(fired), [&](const Subset& kept) {
      const Case part = with_parts(fired, kept);
      return part_count(part) < part_count(best_.one) ? try_instead(best_.recording, part)
                                                      : has_failure(ask(best_.recording, part), signature_);
    });
    say(fmt::format("{} of {} faults and mutations needed", part_count(best_.one), part_count(whole)));
  }

  // The shortest beginning of the recording, to the second.
  void cut_the_rest() {
    const Duration whole = best_.recording.duration();
    std::int64_t pass = -1;
    std::int64_t fails = whole.ns() / seconds(1).ns() + 1;
    const trace::Trace recording = best_.recording;
    while (fails - pass > 1) {
      const std::int64_t middle = pass + (fails - pass) / 2;
      (try_recording(cut_after(recording, VirtualTime() + seconds(middle))) ? fails : pass) = middle;
    }
    say(fmt::format("{} of the recording's {} needed", to_seconds_text(best_.recording.duration()),
                    to_seconds_text(whole)));
  }

  // A smaller recording must fail for the same reason: without the parts of the case it holds, as before.
  bool try_recording(const trace::Trace& recording) {
    try {
      const bool fails_by_itself =
          part_count(best_.one) > 0 && has_failure(ask(recording, with_parts(best_.one, {})), signature_);
      return !fails_by_itself && try_instead(recording, best_.one);
    } catch (const Error&) {
      return false;  // too little is left for a run
    }
  }

  void simplify_parts() {
    std::uint64_t changed = 0;
    Case plain = best_.one;
    plain.reaction = Reaction::apologise;
    plain.seed = 0;
    if (plain != best_.one && try_instead(best_.recording, plain)) ++changed;
    for (std::size_t part = 0; part < part_count(best_.one); ++part) {
      // Each pass takes one parameter one step; no part needs more than a few.
      for (int pass = 0; pass < 8; ++pass) {
        const std::vector<Case> tries = simpler(best_.one, part);
        const bool took = std::any_of(tries.begin(), tries.end(),
                                      [&](const Case& next) { return try_instead(best_.recording, next); });
        if (!took) break;
        ++changed;
      }
    }
    if (changed > 0) say(fmt::format("{} parameters are rounder or smaller", changed));
  }

  void silence_the_words() {
    const trace::Trace bursts = with_bursts(best_.recording);
    if (try_recording(bursts)) say("the speech is bursts of one tone");
  }

  void certify() {
    const Case whole = best_.one;
    for (std::size_t left_out = 0; left_out < part_count(whole); ++left_out) {
      std::vector<std::size_t> kept;
      for (std::size_t i = 0; i < part_count(whole); ++i) {
        if (i != left_out) kept.push_back(i);
      }
      const Outcome outcome = ask(best_.recording, with_parts(whole, kept));
      if (has_failure(outcome, signature_)) {
        best_.one = with_parts(whole, kept);
        best_.digest = outcome.digest;
        best_.certificate.clear();
        certify();
        return;
      }
      best_.certificate.push_back({.part = part_text(whole, left_out), .digest = outcome.digest});
    }
    best_.is_minimal = true;
    say(fmt::format("without {} the run holds", part_count(whole) == 1 ? "it" : "any one of them"));
  }

  static std::string part_text(const Case& one, std::size_t part) {
    const std::size_t faults = one.schedule.faults.size();
    return part < faults ? "fault " + one.schedule.faults[part].id
                         : "mutation " + to_text(one.mutations[part - faults]);
  }

  Subject& subject_;
  Signature signature_;
  const ShrinkBudget& budget_;
  Shrunk best_;
  std::uint64_t runs_ = 0;
};

}  // namespace

Shrunk shrink(Subject& subject, const trace::Trace& recording, const Case& one, const Signature& signature,
              const ShrinkBudget& budget) {
  return Shrinker(subject, recording, one, signature, budget).run();
}

}  // namespace ringback::sim
