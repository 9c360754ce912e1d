// A trace as spans: what began, what ended it, and what happened at once. Exporters to tracing formats draw these.
#pragma once

#include <string>
#include <vector>

#include "src/trace/trace.h"

namespace ringback::formats {

// One request with its answer, or a run of sound without a pause, or an event that has no length (`end` == `begin`).
struct Span {
  enum class Kind : std::uint8_t { exchange, sound, moment };
  Kind kind = Kind::moment;
  trace::ChannelId channel = 0;
  std::uint32_t exchange = 0;
  VirtualTime begin;
  VirtualTime end;
  std::string name;  // an operation, "sound", or a kind of event
  // Exchanges:
  std::int64_t status = 0;  // of the answer; 0 for none
  std::string failure;      // why it failed or was abandoned
  std::int64_t parts = 0;   // of a streamed answer
  VirtualTime first;        // when the answer began; `begin` where there was none
};

// In order of their beginnings. A pause of at most `kSoundPauseMax` does not end a run of sound. Message frames of a
// model are moments by their "type".
inline constexpr Duration kSoundPauseMax = milliseconds(200);
std::vector<Span> spans_of(const trace::Trace& trace);

}  // namespace ringback::formats
