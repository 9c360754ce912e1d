// The structures at both ends of a file as values: TraceHeader and Footer of trace.capnp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/base/hash.h"
#include "src/trace/damage.h"
#include "src/trace/index.h"
#include "src/trace/limits.h"
#include "src/trace/trace.h"

namespace ringback::trace {

struct Footer {
  std::vector<ChunkEntry> chunks;
  std::vector<std::uint64_t> channel_events;  // by channel id, from the control channel
  std::vector<Digest> leaves;
  Metadata metadata;
  // Bodies of the channels' declarations, by id from 1; empty where one is too long. None at all: not repeated.
  std::vector<Bytes> declarations;
};

// What a footer repeats of a declaration.
inline Bytes declaration_to_repeat(BytesView body) {
  return body.size() > kFooterDeclarationBytesMax ? Bytes() : Bytes(body);
}

// Segments, as write_spine and parse_spine.
Bytes write_footer_segment(const Footer& footer);
Footer parse_footer(const std::vector<std::uint64_t>& words, const Place& place);

Bytes write_header_segment(const std::string& writer);
std::string parse_header(const std::vector<std::uint64_t>& words, const Place& place);

}  // namespace ringback::trace
