// Trace files as commands use them.
#pragma once

#include <string>
#include <vector>

#include "src/trace/trace.h"
#include "tools/ringback/command.h"

namespace ringback::cli {

// The trace of `path`, "-" for standard input. A report of a defect will name it.
trace::Trace load_trace(const std::string& path, Context& context);

// Throws Error where `output` is one of the files that are read: it would be gone once it is written.
void refuse_overwriting(const std::string& output, const std::vector<std::string>& inputs);

// Writes `trace` under its final name; returns its digest.
Digest store_trace(const trace::Trace& trace, const std::string& path);
// The same in fewer octets and more time.
Digest store_small_trace(const trace::Trace& trace, const std::string& path);

}  // namespace ringback::cli
