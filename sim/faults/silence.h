// Which samples of an audio event a fault falls on, and silence in their place. Integers only; a length never changes.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/faults/injector.h"

namespace ringback::sim {

// Samples of one event, counted from its first; the end does not belong to it.
struct SampleSpan {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  bool is_empty() const { return begin >= end; }
  friend bool operator==(const SampleSpan&, const SampleSpan&) = default;
};

// Where an event's audio starts: in time, and in samples of its track.
struct SoundPlace {
  VirtualTime at;
  std::uint64_t first_sample = 0;
  std::uint64_t samples = 0;
};

// The samples that lie in the anchor's window and in its frames; all of them where it has neither. A sample lies in the
// window when the instant at which it begins does.
SampleSpan span_of(const Anchor& anchor, const SoundPlace& place, const Sound& sound);

// `samples` with the span made silent; octets after the last whole sample stay.
Bytes silenced(BytesView samples, const SampleSpan& span, const Sound& sound);

}  // namespace ringback::sim
