// Which few of many things a failure needs.
//
// `minimize` asks whether a subset still fails, as seldom as it can, and ends at a subset of which nothing can be left
// out. Where k of n things matter, and more things never make a failure go away, it asks about k log2 n times: it looks
// for the shortest beginning of what is left that still fails together with what is known to matter; the last thing of
// that beginning matters, all behind it does not. Where more things do hide the failure it still ends at a subset that
// fails, and goes on until no single thing can be left out.
//
//   const Minimized smallest = minimize(faults.size(), [&](const Subset& kept) { return fails(kept); });
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace ringback::sim {

// Positions of what is kept, ascending.
using Subset = std::vector<std::size_t>;
// Whether the subset still fails in the same way. Asked once at most for each subset.
using FailsWith = std::function<bool(const Subset&)>;

// Told of subsets that are likely to be asked next, the likeliest first: whoever has workers runs them ahead. What is
// asked and answered does not depend on it.
using AskedSoon = std::function<void(const std::vector<Subset>&)>;

struct Minimized {
  Subset kept;
  std::uint64_t asked = 0;
  // Each single thing of `kept` was left out once, and the failure was gone each time.
  bool is_minimal = false;
};

// The whole is known to fail; it is not asked about. After `budget` questions the best so far is returned.
Minimized minimize(std::size_t count, const FailsWith& fails, std::uint64_t budget = UINT64_MAX,
                   const AskedSoon& soon = {});

}  // namespace ringback::sim
