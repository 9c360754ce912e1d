// Trace files as commands use them.
#pragma once

#include <string>

#include "src/trace/trace.h"
#include "tools/ringback/command.h"

namespace ringback::cli {

// The trace of `path`, "-" for standard input. A report of a defect will name it.
trace::Trace load_trace(const std::string& path, Context& context);

// Writes `trace` under its final name; returns its digest.
Digest store_trace(const trace::Trace& trace, const std::string& path);

}  // namespace ringback::cli
