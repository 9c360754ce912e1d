// What a trace holds, counted in one pass.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/io.h"
#include "src/trace/trace.h"

namespace ringback::cli {

struct ChannelSummary {
  trace::Channel channel;
  std::uint64_t events = 0;
  std::uint64_t to_agent = 0;
  std::uint64_t from_agent = 0;
  std::uint64_t body_bytes = 0;
  std::uint64_t audio_bytes = 0;     // octets of samples alone
  std::uint64_t exchanges = 0;       // the highest exchange number
  std::optional<VirtualTime> first;  // nothing where there are no events
  std::optional<VirtualTime> last;
};

struct TraceSummary {
  Digest digest;
  std::uint64_t events = 0;
  Duration duration;  // from 0 to the last event
  std::uint64_t file_bytes = 0;
  std::uint64_t faults_fired = 0;
  std::string writer;
  trace::Metadata metadata;
  trace::RecordingFacts facts;
  std::vector<ChannelSummary> channels;  // in order of declaration, without the control channel
};

// Reads all of `source`; throws Error where it is no sound trace.
TraceSummary summarize(ByteSource& source);

}  // namespace ringback::cli
