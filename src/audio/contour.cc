#include "src/audio/contour.h"

#include <algorithm>

#include "src/audio/g711.h"

namespace ringback::audio {
namespace {

constexpr std::int64_t kShiftMax = 3;  // frames

std::uint64_t level_of(BytesView contour, std::int64_t frame) {
  if (frame < 0 || frame >= static_cast<std::int64_t>(contour.size())) return 0;
  return static_cast<std::uint64_t>(
      sample_of_mulaw(static_cast<std::uint8_t>(contour[static_cast<std::size_t>(frame)])));
}

std::uint64_t around(BytesView contour, std::int64_t frame) {
  return level_of(contour, frame - 1) + level_of(contour, frame) + level_of(contour, frame + 1);
}

// Of the frames from `begin` to `end`, both counted in `a`.
bool alike_at(BytesView a, BytesView b, std::int64_t shift, std::int64_t begin, std::int64_t end,
              std::uint64_t tolerance_percent) {
  std::uint64_t difference = 0;
  std::uint64_t sum = 0;
  for (std::int64_t frame = begin; frame < end; ++frame) {
    const std::uint64_t here = around(a, frame);
    const std::uint64_t there = around(b, frame + shift);
    difference += here < there ? there - here : here - there;
    sum += here + there;
  }
  return difference * 200 <= sum * tolerance_percent;
}

}  // namespace

char contour_of(const Loudness& loudness) {
  const std::uint64_t mean = loudness.samples == 0 ? 0 : loudness.magnitude_sum / loudness.samples;
  return static_cast<char>(mulaw_of(static_cast<std::int16_t>(std::min<std::uint64_t>(mean, 32'767))));
}

bool sounds_alike(BytesView contour, BytesView other, std::uint64_t tolerance_percent) {
  const auto size = static_cast<std::int64_t>(contour.size());
  const auto other_size = static_cast<std::int64_t>(other.size());
  if (std::max(size, other_size) - std::min(size, other_size) > kShiftMax + 1) return false;
  for (std::int64_t shift = -kShiftMax; shift <= kShiftMax; ++shift) {
    const std::int64_t begin = std::min<std::int64_t>(0, -shift) - 1;
    const std::int64_t end = std::max(size, other_size - shift) + 1;
    if (alike_at(contour, other, shift, begin, end, tolerance_percent)) return true;
  }
  return false;
}

bool begins_alike(BytesView begin, BytesView whole, std::uint64_t tolerance_percent) {
  const auto size = static_cast<std::int64_t>(begin.size());
  for (std::int64_t shift = -kShiftMax; shift <= kShiftMax; ++shift) {
    // What follows the last frame of `begin` is not known.
    if (alike_at(begin,
                 whole.substr(0, static_cast<std::size_t>(std::clamp<std::int64_t>(
                                     size + shift, 0, static_cast<std::int64_t>(whole.size())))),
                 shift, 0, size, tolerance_percent))
      return true;
  }
  return false;
}

}  // namespace ringback::audio
