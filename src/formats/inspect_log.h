// Logs of Inspect evaluations: JSON, or the zip archive ".eval" with a JSON file for each sample.
//
//   {"version": 2, "status": "success", "eval": {...}, "samples": [{"id": 1, "epoch": 1, "events": [
//     {"event": "model", "timestamp": "...", "completed": "...", "model": "openai/gpt-4o", "input": [...], "output":
//     {...}},
//     {"event": "tool", "timestamp": "...", "function": "bash", "arguments": {...}, "result": "..."}]}]}
//
// Model events become exchanges of "model" (the provider's own request and answer where the log has them), tool events
// exchanges of "tool:NAME", at the times of the log, counted from its first event; samples that ran side by side lie
// side by side. Where a log has no time of the answer, the pacing rule sets it (`times: requests`). Other events are
// left out.
#pragma once

#include "src/formats/format.h"

namespace ringback::formats {

// Throws Error ("NAME: line N: expected ..., found ...").
trace::Trace import_inspect_log(std::string_view name, BytesView data);
Importer inspect_log_importer();

}  // namespace ringback::formats
