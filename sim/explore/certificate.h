// The proof that nothing of a case can go: each part was left out once, and the run then held.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/explore/subject.h"

namespace ringback::sim {

// One part was left out, and this is how the run ended that then held.
struct Removal {
  std::string part;    // "fault malformed-1", "mutation silence caller.audio 120 30"
  std::string digest;  // the first kDigestPrefix hexadecimal digits of its run's

  friend bool operator==(const Removal&, const Removal&) = default;
};
inline constexpr std::size_t kDigestPrefix = 16;

std::string part_text(const Case& one, std::size_t part);
Case without_part(const Case& one, std::size_t part);

// Leaves out each part. The first that can go, or nothing: then `removals` has all of them, in order.
std::optional<std::size_t> needless_part(const Case& one, const Signature& signature,
                                         const std::function<Outcome(const Case&)>& run,
                                         std::vector<Removal>& removals);

}  // namespace ringback::sim
