// The key moments of a run, in order: who did what, when.
#pragma once

#include <string>
#include <vector>

#include "sim/report/report.h"
#include "sim/report/style.h"

namespace ringback::sim {

struct Moment {
  VirtualTime at;
  std::string who;   // "caller", "agent", "model", "tool", "fault", "dead air"
  std::string what;  // one line
  Style style = Style::plain;
  bool is_ordinary = false;  // left out first where there are too many
};

// How many moments are told; of a longer story the ordinary ones far from what matters go first.
inline constexpr std::size_t kMomentsMax = 60;

struct Story {
  std::vector<Moment> moments;
  std::size_t left_out = 0;
};

Story tell(const Report& report);

}  // namespace ringback::sim
