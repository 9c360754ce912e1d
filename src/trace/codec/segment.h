// One Cap'n Proto message as one bare segment: how this format keeps structure. Included by codec sources only.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include <capnp/message.h>
#include <kj/exception.h>

#include "src/base/bytes.h"
#include "src/trace/damage.h"

namespace ringback::trace {

// Builds a message of at most `words_max` words with `fill(root)` and returns its only segment.
template <class Root, class Fill>
Bytes write_segment(std::size_t words_max, Fill&& fill) {
  capnp::MallocMessageBuilder message(static_cast<unsigned>(words_max), capnp::AllocationStrategy::FIXED_SIZE);
  fill(message.initRoot<Root>());
  const auto segments = message.getSegmentsForOutput();
  RINGBACK_CHECK(segments.size() == 1, "a message of at most {} words is one segment", words_max);
  const auto octets = segments[0].asBytes();
  return Bytes(reinterpret_cast<const char*>(octets.begin()), octets.size());
}

// Reads a message out of its only segment with `use(root)`. Whatever Cap'n Proto refuses is thrown as DamageError.
template <class Root, class Use>
void read_segment(const std::vector<std::uint64_t>& words, const Place& place, Use&& use) {
  const auto* first = reinterpret_cast<const capnp::word*>(words.data());
  const kj::ArrayPtr<const capnp::word> segment(first, words.size());
  const kj::ArrayPtr<const capnp::word> segments[1] = {segment};
  capnp::ReaderOptions limits;
  limits.traversalLimitInWords = 4 * words.size() + 1024;
  limits.nestingLimit = 8;
  try {
    capnp::SegmentArrayMessageReader message(kj::arrayPtr(segments, 1), limits);
    use(message.getRoot<Root>());
  } catch (const kj::Exception& refusal) {
    damaged(place, "a Cap'n Proto segment", refusal.getDescription().cStr());
  }
}

inline BytesView view_of(capnp::Data::Reader data) {
  return {reinterpret_cast<const char*>(data.begin()), data.size()};
}

inline capnp::Data::Reader data_of(BytesView octets) {
  return {reinterpret_cast<const kj::byte*>(octets.data()), octets.size()};
}

// How many words a Data of this length takes.
inline std::size_t words_of(BytesView octets) { return (octets.size() + 7) / 8; }

}  // namespace ringback::trace
