// Takes secrets out of every event of a trace, whichever importer made it: what a format's own reader missed stops
// here.
//
//   redact_trace(trace);   // trace.metadata["redaction"] names what was there
#pragma once

#include "src/trace/trace.h"

namespace ringback::formats {

// Texts of all kinds, header lines, URLs, and octets that are text (sound is not looked at). Metadata other than
// "redaction" too. The names in metadata "redaction" are kept, new ones are added.
void redact_trace(trace::Trace& trace);

}  // namespace ringback::formats
