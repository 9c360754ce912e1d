// The report for a terminal: what was run, the timeline, the story, the verdicts, and last the command that runs it
// again.
//
//   std::cout << render_text(report, {.color = Color::on, .signs = Signs::unicode, .width = 120});
#pragma once

#include <string>

#include "sim/report/report.h"
#include "sim/report/style.h"

namespace ringback::sim {

struct TextOptions {
  Color color = Color::off;
  Signs signs = Signs::ascii;
  int width = 100;  // columns; narrower than 60 is drawn as 60
};

std::string render_text(const Report& report, const TextOptions& options);

}  // namespace ringback::sim
