// Voice simulations of tau2-bench: what each side did in each tick, with the wall clock at which the tick ran.
//
//   {"id": "...", "mode": "full_duplex", "ticks": [{"tick_id": 0, "timestamp": "2026-06-30T13:18:00.580663",
//     "agent_chunk": {"role": "assistant", "contains_speech": false, ...}, "user_chunk": {...}}]}
//
// Times are those of the wall clock, from the first tick. A side's chunk stands on the channel "caller" as JSON
// wherever it differs from that side's chunk before; text and tool calls in it become text and exchanges as well. There
// is no sound.
#pragma once

#include "src/formats/format.h"

namespace ringback::formats {

// Throws Error ("NAME: line N: expected ..., found ...").
trace::Trace import_tau2_ticks(std::string_view name, BytesView data);
Importer tau2_ticks_importer();

}  // namespace ringback::formats
