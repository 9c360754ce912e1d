// The timeline of a call as lanes of signs over an axis of time: caller, agent, dead air, model, one lane a tool,
// faults.
//
// One column is an equal share of the call, rounded up to a whole millisecond. What happened is at least one column
// wide, so that nothing is lost; figures stand in the story, not in the picture. Where two things fall into one column
// the later kind of the legend wins.
#pragma once

#include <string>
#include <vector>

#include "sim/report/report.h"
#include "sim/report/style.h"

namespace ringback::sim {

struct LaneOptions {
  Pen pen{Color::off};
  Signs signs = Signs::ascii;
  int width = 100;  // of the whole line, at least 40
};

// Lines without line ends; none where the call has no length.
std::vector<std::string> draw_lanes(const Report& report, const LaneOptions& options);

// "1:04.480", "1:02:04.480": since the start of the session.
std::string clock_text(VirtualTime at);
// The wait from which on a report speaks of dead air: what the run was checked against, else the default.
Duration dead_air_limit(const std::vector<PropertyResult>& properties);

}  // namespace ringback::sim
