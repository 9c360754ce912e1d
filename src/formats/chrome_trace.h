// A trace for timeline viewers (Perfetto, chrome://tracing): the JSON object format of the Trace Event Format. One
// track for each channel; exchanges and runs of sound are bars, everything else is a mark. Times are virtual, in
// microseconds.
#pragma once

#include "src/formats/format.h"

namespace ringback::formats {

void export_chrome_trace(const trace::Trace& trace, ByteSink& sink);
Exporter chrome_trace_exporter();

}  // namespace ringback::formats
