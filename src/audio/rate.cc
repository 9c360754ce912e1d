#include "src/audio/rate.h"

#include <algorithm>

#include "src/audio/g711.h"

namespace ringback::audio {
namespace {

using Samples = std::vector<std::int16_t>;

std::size_t converted_count(std::size_t samples, std::uint32_t from, std::uint32_t to) {
  return static_cast<std::size_t>((std::uint64_t{samples} * to + from - 1) / from);
}

Samples raised(const Samples& samples, std::uint32_t from, std::uint32_t to) {
  Samples result(converted_count(samples.size(), from, to));
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::uint64_t place = std::uint64_t{i} * from;
    const std::size_t before = std::min<std::size_t>(place / to, samples.size() - 1);
    const std::size_t behind = std::min(before + 1, samples.size() - 1);
    const auto share = static_cast<std::int64_t>(place % to);
    const std::int64_t sum = samples[before] * (std::int64_t{to} - share) + samples[behind] * share;
    result[i] = static_cast<std::int16_t>(sum / std::int64_t{to});
  }
  return result;
}

Samples lowered(const Samples& samples, std::uint32_t from, std::uint32_t to) {
  Samples result(converted_count(samples.size(), from, to));
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::size_t begin = static_cast<std::size_t>(std::uint64_t{i} * from / to);
    const std::size_t end = std::min(samples.size(), static_cast<std::size_t>(std::uint64_t{i + 1} * from / to));
    std::int64_t sum = 0;
    for (std::size_t each = begin; each < end; ++each) sum += samples[each];
    result[i] = static_cast<std::int16_t>(sum / static_cast<std::int64_t>(std::max<std::size_t>(1, end - begin)));
  }
  return result;
}

}  // namespace

Bytes converted(BytesView samples, const Format& from, const Format& to) {
  if (from == to) return Bytes(samples);
  if (from.rate == to.rate) return transcode(samples, from, to);
  const Samples decoded = decode(samples, from);
  if (decoded.empty()) return {};
  return encode(from.rate < to.rate ? raised(decoded, from.rate, to.rate) : lowered(decoded, from.rate, to.rate), to);
}

}  // namespace ringback::audio
