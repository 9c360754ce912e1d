// Captures of Whisker, the debugger of the voice framework Pipecat (`.whisk`, `.bin`): what its observer saw go through
// a pipeline, one MessagePack map after another, as the debugger's own page loads them.
//
//   {type: snapshot, timestamp, workers}, {type: worker_added, ...}        (Whisker 2: seconds since 1970)
//   {type: bus_message, timestamp, message_type, source_worker, ...}
//   {type: pipeline, processors, connections, versions}                    (Whisker 0.0.7 to 1.0)
//   {type: frame, id, worker_id, name: "TranscriptionFrame#3", from: PROCESSOR, action: push or process,
//    direction: upstream or downstream, timestamp, payload: {FIELD: VALUE}}
//
// Up to 1.0 frames have `event` in place of `action`, no worker, and milliseconds since 1970. Sound is never in such a
// file: the observer writes "<type: bytes>" for octets.
//
// Every record is kept as a message: frames on the channel of their worker ("pipeline" where there is no name), the
// rest on "whisker". What the frames say of the agent's partners is told apart: what the caller said (transcriptions
// and typed messages), what the agent said (the text between the start and end of each model answer, and fixed lines),
// and the tools.
#pragma once

#include "src/formats/format.h"
#include "src/trace/trace.h"

namespace ringback::formats {

inline constexpr std::size_t kWhiskerRecordsMax = 2'000'000;

// Throws Error ("NAME: byte N: expected ..., found ...").
trace::Trace import_whisker(std::string_view name, BytesView data);
Importer whisker_importer();

}  // namespace ringback::formats
