// What the bug hunt lays its cases over: short calls of our own invention, in which nothing goes wrong.
#pragma once

#include <string>

#include "src/trace/trace.h"

namespace ringback::planted {

// "clinic", "question", "many-turns", "caller-first", "note", "shop", "two-orders", "railway", "timetable". Made once
// each.
const trace::Trace& recording_named(const std::string& name);

}  // namespace ringback::planted
