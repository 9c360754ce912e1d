// What standard output can show.
#pragma once

#include "sim/report/style.h"

namespace ringback::cli {

// Columns: of the terminal, else of COLUMNS, else 100; between 60 and 160.
int terminal_width();
// Unicode where the locale's character set is UTF-8.
sim::Signs terminal_signs();

}  // namespace ringback::cli
