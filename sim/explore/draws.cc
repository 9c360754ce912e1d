#include "sim/explore/draws.h"

#include <algorithm>

#include <rapidcheck.h>

namespace ringback::sim {

std::uint64_t draw_between(std::uint64_t from, std::uint64_t to) {
  if (from >= to) return from;
  return *rc::gen::inRange<std::uint64_t>(from, to + 1);
}
bool draw_one_in(std::uint64_t n) { return draw_between(1, n) == 1; }

// Log-uniform: an octave, and a place within it; to the millisecond.
Duration draw_duration(std::uint64_t octaves) {
  const std::uint64_t octave = draw_between(0, octaves - 1);
  const std::uint64_t low = std::uint64_t{10} << octave;
  return milliseconds(static_cast<std::int64_t>(draw_between(low, 2 * low - 1)));
}

std::int64_t draw_log(std::int64_t least, std::int64_t most) {
  std::int64_t octaves = 0;
  while (octaves < 40 && (std::int64_t{1} << (octaves + 1)) <= most - least + 1) ++octaves;
  const std::uint64_t octave = draw_between(0, static_cast<std::uint64_t>(octaves));
  const std::int64_t low = std::int64_t{1} << octave;
  const auto value = static_cast<std::int64_t>(
      draw_between(static_cast<std::uint64_t>(low - 1), static_cast<std::uint64_t>(2 * low - 2)));
  return std::min(most, least + value);
}

}  // namespace ringback::sim
