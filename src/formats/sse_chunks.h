// The streamed answer of one model call: server-sent events as they stood on the wire, or only their payloads, one JSON
// value a line (".chunks.txt").
//
// The trace has one exchange on the channel "model": a response and its parts, without the request, which such a file
// does not have. Payloads become events again: with an "event:" line where the protocol names its events.
#pragma once

#include "src/formats/format.h"

namespace ringback::formats {

// Throws Error ("NAME: line N: expected ..., found ...").
trace::Trace import_sse_chunks(std::string_view name, BytesView data);
Importer sse_chunks_importer();

}  // namespace ringback::formats
