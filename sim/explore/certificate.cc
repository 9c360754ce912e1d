#include "sim/explore/certificate.h"

namespace ringback::sim {

std::string part_text(const Case& one, std::size_t part) {
  const std::size_t faults = one.schedule.faults.size();
  return part < faults ? "fault " + one.schedule.faults[part].id : "mutation " + to_text(one.mutations[part - faults]);
}

Case without_part(const Case& one, std::size_t part) {
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < part_count(one); ++i) {
    if (i != part) kept.push_back(i);
  }
  return with_parts(one, kept);
}

std::optional<std::size_t> needless_part(const Case& one, const Signature& signature,
                                         const std::function<Outcome(const Case&)>& run,
                                         std::vector<Removal>& removals) {
  removals.clear();
  for (std::size_t part = 0; part < part_count(one); ++part) {
    const Outcome outcome = run(without_part(one, part));
    if (has_failure(outcome, signature)) return part;
    removals.push_back({.part = part_text(one, part), .digest = to_hex(outcome.digest).substr(0, kDigestPrefix)});
  }
  return std::nullopt;
}

}  // namespace ringback::sim
