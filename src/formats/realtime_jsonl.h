// Logs of OpenAI Realtime frames (GA or beta names): one JSON object a line with the time, the direction and the frame.
//
//   {"time": 12.345, "direction": "sent", "event": {"type": "session.update", ...}}
//   {"timestamp": "2026-08-19T14:41:33.120Z", "direction": "received", "event": {"type": "session.updated", ...}}
//
// Times: line_time.h. Directions: sent, send, client, out, outgoing, from_agent for the agent; received, receive, recv,
// server, in, incoming, to_agent for the model. The frame: an object, or a text of JSON, under event, data, message,
// payload or frame. The trace has what a cassette's has (docs/import.md), with the log's times.
#pragma once

#include "src/formats/format.h"

namespace ringback::formats {

// Throws Error ("NAME: line N: expected ..., found ...").
trace::Trace import_realtime_jsonl(std::string_view name, BytesView data);
Importer realtime_jsonl_importer();

}  // namespace ringback::formats
