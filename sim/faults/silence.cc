#include "sim/faults/silence.h"

#include <algorithm>

#include "src/base/error.h"

namespace ringback::sim {
namespace {

__extension__ using Wide = __int128;

constexpr std::uint32_t kFramesASecond = 50;
constexpr std::int64_t kSecondNs = 1'000'000'000;

// The first of `samples` that begins at `time` or later: ceil((time - at) * rate), kept within the event.
std::uint64_t sample_from(VirtualTime time, const SoundPlace& place, const Sound& sound) {
  const Wide distance_ns = static_cast<Wide>(time.ns()) - place.at.ns();
  if (distance_ns <= 0) return 0;
  const Wide sample = (distance_ns * sound.rate + kSecondNs - 1) / kSecondNs;
  return static_cast<std::uint64_t>(std::min<Wide>(sample, place.samples));
}

// The number of `sample` of the track within the event, kept within it.
std::uint64_t within(Wide sample, const SoundPlace& place) {
  return static_cast<std::uint64_t>(std::clamp<Wide>(sample - place.first_sample, 0, place.samples));
}

}  // namespace

SampleSpan span_of(const Anchor& anchor, const SoundPlace& place, const Sound& sound) {
  SampleSpan span{0, place.samples};
  if (anchor.time) {
    span.begin = std::max(span.begin, sample_from(*anchor.time, place, sound));
    if (anchor.duration) span.end = std::min(span.end, sample_from(*anchor.time + *anchor.duration, place, sound));
  }
  if (anchor.frame) {
    const Wide frame_samples = sound.rate / kFramesASecond;
    span.begin = std::max(span.begin, within(frame_samples * anchor.frame->first, place));
    if (anchor.frame->last != IntegerRange::kOpenEnd) {
      span.end = std::min(span.end, within(frame_samples * (static_cast<Wide>(anchor.frame->last) + 1), place));
    }
  }
  return span;
}

Bytes silenced(BytesView samples, const SampleSpan& span, const Sound& sound) {
  RINGBACK_CHECK(sound.silent_sample.size() == sound.sample_bytes, "a silent sample has the size of a sample, not {}",
                 sound.silent_sample.size());
  Bytes out(samples);
  for (std::uint64_t i = span.begin; i < span.end; ++i) {
    out.replace(i * sound.sample_bytes, sound.sample_bytes, sound.silent_sample);
  }
  return out;
}

}  // namespace ringback::sim
