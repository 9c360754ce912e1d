#include "sim/explore/minimize.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace ringback::sim {
namespace {

// Thrown and caught in this file alone.
struct BudgetSpent {};

class Search {
 public:
  Search(std::size_t count, const FailsWith& fails, std::uint64_t budget, const AskedSoon& soon)
      : fails_(fails), soon_(soon), budget_(budget), best_(count) {
    std::iota(best_.begin(), best_.end(), std::size_t{0});
  }

  Minimized run() {
    bool is_minimal = false;
    try {
      best_ = needed_of(best_);
      is_minimal = remove_single_ones();
    } catch (const BudgetSpent&) {
    }
    return {.kept = best_, .asked = asked_, .is_minimal = is_minimal};
  }

 private:
  bool ask(const Subset& kept) {
    const auto known = answers_.find(kept);
    if (known != answers_.end()) return known->second;
    if (asked_ == budget_) throw BudgetSpent{};
    ++asked_;
    const bool failing = fails_(kept);
    answers_.emplace(kept, failing);
    if (failing && kept.size() < best_.size()) best_ = kept;
    return failing;
  }

  static Subset joined(const Subset& needed, const Subset& rest, std::size_t length) {
    Subset all = needed;
    all.insert(all.end(), rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(length));
    std::sort(all.begin(), all.end());
    return all;
  }

  // `rest` fails as a whole.
  Subset needed_of(Subset rest) {
    Subset needed;
    while (!rest.empty() && !ask(needed)) {
      // A beginning of `pass` things does not fail, one of `fail` does.
      std::size_t pass = 0;
      std::size_t fail = rest.size();
      while (fail - pass > 1) {
        const std::size_t middle = pass + (fail - pass) / 2;
        if (soon_) {
          const auto at = [&](std::size_t length) { return joined(needed, rest, std::max<std::size_t>(length, 1)); };
          soon_({at(middle), at(pass + (middle - pass) / 2), at(middle + (fail - middle) / 2)});
        }
        (ask(joined(needed, rest, middle)) ? fail : pass) = middle;
      }
      needed.push_back(rest[fail - 1]);
      std::sort(needed.begin(), needed.end());
      rest.resize(fail - 1);
    }
    return needed;
  }

  // True where nothing can be left out of the best.
  bool remove_single_ones() {
    for (bool removed = true; removed;) {
      removed = false;
      const Subset whole = best_;
      if (soon_) tell_removals(whole);
      for (const std::size_t one : whole) {
        Subset without = best_;
        without.erase(std::remove(without.begin(), without.end(), one), without.end());
        if (without.size() < best_.size() && ask(without)) {
          best_ = without;
          removed = true;
        }
      }
    }
    return true;
  }

  void tell_removals(const Subset& whole) const {
    std::vector<Subset> removals;
    for (const std::size_t one : whole) {
      removals.push_back(whole);
      std::erase(removals.back(), one);
    }
    soon_(removals);
  }

  const FailsWith& fails_;
  const AskedSoon& soon_;
  std::uint64_t budget_;
  Subset best_;
  std::uint64_t asked_ = 0;
  std::map<Subset, bool> answers_;
};

}  // namespace

Minimized minimize(std::size_t count, const FailsWith& fails, std::uint64_t budget, const AskedSoon& soon) {
  return Search(count, fails, budget, soon).run();
}

}  // namespace ringback::sim
