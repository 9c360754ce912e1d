// Numbers and durations of a case, as RapidCheck draws them: only inside one of its generators.
#pragma once

#include <cstdint>

#include "src/base/time.h"

namespace ringback::sim {

// `from` and `to` belong to it; `from` where nothing is between them.
std::uint64_t draw_between(std::uint64_t from, std::uint64_t to);
bool draw_one_in(std::uint64_t n);

// Log-uniform; `least` and `most` belong to it.
std::int64_t draw_log(std::int64_t least, std::int64_t most);

inline constexpr std::uint64_t kOctaves = 13;      // to about 80 s
inline constexpr std::uint64_t kBriefOctaves = 8;  // to about 2.5 s
// Log-uniform from 10 ms on, over so many octaves; whole milliseconds.
Duration draw_duration(std::uint64_t octaves = kOctaves);

}  // namespace ringback::sim
