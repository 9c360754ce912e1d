// Session reports of LiveKit Agents (SessionReport.to_dict): what was said and which tools ran, with wall-clock times
// in seconds.
//
//   {"job_id": "...", "room": "...", "events": [{"type": "conversation_item_added", "created_at": 1755521229.5,
//     "item": {"type": "message", "role": "user", "content": ["Hello"], "interrupted": false}},
//     {"type": "function_tools_executed", "function_calls": [...], "function_call_outputs": [...]}], "timestamp": ...}
//
// Messages become text on "caller" at the time they were added, tool calls exchanges of "tool:NAME" at the times of the
// call and of its output; all other events stand on "caller" as messages. There is no sound, and no model stream.
#pragma once

#include "src/formats/format.h"

namespace ringback::formats {

// Throws Error ("NAME: line N: expected ..., found ...").
trace::Trace import_livekit_report(std::string_view name, BytesView data);
Importer livekit_report_importer();

}  // namespace ringback::formats
