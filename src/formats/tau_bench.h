// Trajectories of tau-bench: a JSON list of runs, each the chat messages of an agent that serves a customer.
//
//   [{"task_id": 2, "trial": 0, "reward": 0.0, "traj": [{"role": "system", "content": "..."},
//     {"role": "user", "content": "..."}, {"role": "assistant", "content": null, "tool_calls": [...]},
//     {"role": "tool", "tool_call_id": "...", "name": "...", "content": "..."}]}]
//
// The runs follow each other as calls of one trace. Every message stands on the channel "model"; what the customer and
// the agent say to each other stands on "caller" as text, each tool call on "tool:NAME". There are no times.
#pragma once

#include "src/formats/format.h"

namespace ringback::formats {

// Throws Error ("NAME: line N: expected ..., found ...").
trace::Trace import_tau_bench(std::string_view name, BytesView data);
Importer tau_bench_importer();

}  // namespace ringback::formats
