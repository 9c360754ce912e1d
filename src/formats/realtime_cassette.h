// Realtime WebSocket cassettes: YAML lists of the JSON frames that a client and a speech-to-speech model exchanged, as
// test suites record them.
//
//   version: 1
//   interactions:
//   - {kind: message, direction: sent, data: {type: session.update, ...}}
//   - {kind: message, direction: received, data: {type: session.updated, ...}}
//   - {kind: close, code: 1000, reason: "", ok: true}
//
// Frames with a "type" are OpenAI Realtime and its relatives (Azure, Voice Live, xAI): besides the frames themselves,
// the trace gets what the agent's other partners must have seen: the caller's sound and typed turns, the sound and text
// that the agent passed on, and the tools. Frames without are Gemini Live: they are kept as messages, encoding
// "gemini-live". A cassette has no times: docs/import.md has the rules that make them.
#pragma once

#include "src/formats/format.h"
#include "src/trace/trace.h"

namespace ringback::formats {

inline constexpr std::size_t kCassetteBytesMax = 256u << 20;
inline constexpr std::size_t kCassetteInteractionsMax = 1'000'000;

// Throws Error ("NAME: line N: expected ..., found ...") where `data` is not such a cassette.
trace::Trace import_realtime_cassette(std::string_view name, BytesView data);
Importer realtime_cassette_importer();

}  // namespace ringback::formats
