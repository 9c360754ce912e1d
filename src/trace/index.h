// What the index at a trace's end knows of each chunk, without reading it.
#pragma once

#include <cstdint>

#include "src/trace/event.h"

namespace ringback::trace {

struct ChunkEntry {
  std::uint64_t offset = 0;       // of the chunk in the file
  std::uint64_t first_event = 0;  // number of its first event in the trace, from 0
  VirtualTime earliest;           // least and greatest time in it; times may run backwards within
  VirtualTime latest;
  std::uint64_t channel_mask = 0;  // bit c mod 64 for each channel c that it has: no bit, no such channel
  std::uint32_t events = 0;
  std::uint32_t flags = 0;

  bool may_have(ChannelId channel) const { return (channel_mask >> (channel % 64) & 1) != 0; }
  friend bool operator==(const ChunkEntry&, const ChunkEntry&) = default;
};

}  // namespace ringback::trace
