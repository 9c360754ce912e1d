// One campaign after one planted bug: how many cases until it is found, and whether its repaired twin bears the same.
//
//   Hunt hunt(bug);
//   const std::optional<Found> found = hunt.search({.seed = 1, .cases = 100'000});
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/explore/campaign.h"
#include "tests/planted/planted.h"

namespace ringback::planted {

struct HuntOptions {
  Seed seed = 0;
  std::uint64_t cases = 100'000;  // at most
  bool swarm = true;
  bool feedback = true;
};

struct Found {
  std::uint64_t cases = 0;  // until then
  sim::Case one;
  Digest digest;
  std::string finding;
};

class Hunt {
 public:
  // `bug` outlives the hunt.
  explicit Hunt(const Planted& bug);
  // What the flawed agent does wrong in the recording as it is; empty for a bug that is hidden there.
  std::string fails_without_a_case();
  // The flawed agent's campaign, until its first find.
  std::optional<Found> search(const HuntOptions& options);
  // The repaired twin's campaign, all of it; its first failure.
  std::optional<Found> search_twin(const HuntOptions& options);
  // Runs of the flawed agent with this case that came out as they did when it was found, in `times`.
  std::uint64_t reproduced(const Found& found, std::uint64_t times);
  // The run of a case, as `ringback replay` prints it.
  std::string report(const Found& found, bool is_flawed);
  trace::Trace run_of(const Found& found, bool is_flawed);
  // What the flawed agent does wrong with this case; empty where it bears it.
  std::string fails_with(const sim::Case& one);
  // What the twin does wrong with the case that broke the flawed agent; empty where it bears it.
  std::string twin_fails_with(const Found& found);

 private:
  std::optional<Found> search(const HuntOptions& options, sim::Subject& subject) const;

  const Planted& bug_;
  sim::Tape tape_;
  sim::Subject flawed_;
  sim::Subject twin_;
};

}  // namespace ringback::planted
