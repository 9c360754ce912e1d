// Gives the frames of a cassette times, and derives what the agent's other partners saw. docs/import.md states the
// rules.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/base/bytes.h"
#include "src/trace/trace.h"

namespace ringback::formats {

struct CassetteEntry {
  std::string place;     // "FILE: line N", for messages
  bool is_sent = false;  // by the agent
  bool has_type = false;
  Bytes json;
  bool is_close = false;
  std::int64_t close_code = 0;
  std::string close_reason;
  std::optional<VirtualTime> at;  // where the recording has times; then every entry has one
};

// What the trace says about where it is from.
struct CassetteOrigin {
  std::string source = "realtime-cassette";
  std::string times = "synthetic";
  std::string description = "realtime cassette";
};

// Throws Error where an entry is no Realtime frame.
trace::Trace lay_out_realtime(const std::vector<CassetteEntry>& entries, const CassetteOrigin& origin = {});
// The frames as they are, on one channel "model" with this encoding.
trace::Trace lay_out_messages(const std::vector<CassetteEntry>& entries, std::string_view encoding);

}  // namespace ringback::formats
