#include "src/trace/codec/transform_chooser.h"

#include <algorithm>

#include "src/trace/codec/base64_runs.h"
#include "src/trace/features.h"

namespace ringback::trace {
namespace {

constexpr unsigned kChunksAnAnswer = 8;
// Less than this is not worth a block of its own.
constexpr std::size_t kOctetsMin = 1024;
// A multiple of 12: whole groups of base64 and whole samples.
constexpr std::size_t kSampleOctets = 6144;
// A transform is used where it leaves at most so many of a hundred octets that there would be without it.
constexpr std::size_t kWorthwhilePercent = 97;

// Out of the middle: calls begin with silence.
BytesView sample_of(BytesView octets) {
  if (octets.size() <= kSampleOctets) return octets;
  const std::size_t middle = (octets.size() - kSampleOctets) / 2;
  return octets.substr(middle - middle % 12, kSampleOctets);
}

std::uint64_t feature_of(Transform transform) {
  return transform == Transform::samples16 ? kFeatureSamples16 : kFeatureG711;
}

}  // namespace

Transform TransformChooser::choose(const Key& key, BytesView octets, std::array<Bytes, kTransforms>& ready) {
  Bytes& plain = ready[static_cast<std::size_t>(Transform::none)];
  if (octets.size() >= kOctetsMin) {
    Answer& answer = transforms_[key];
    if (answer.for_chunks == 0) answer = {.transform = find(octets), .for_chunks = kChunksAnAnswer};
    --answer.for_chunks;
    if (answer.transform != Transform::none) {
      Bytes& out = ready[static_cast<std::size_t>(answer.transform)];
      const std::size_t before = out.size();
      transform(answer.transform, octets, out);
      // G.711 gets its gain from what compresses it afterwards.
      if (answer.transform != Transform::samples16 || out.size() - before <= octets.size() / 100 * kWorthwhilePercent) {
        return answer.transform;
      }
      out.resize(before);
      answer.for_chunks = 0;
    }
  }
  plain.append(octets);
  return Transform::none;
}

Transform TransformChooser::find(BytesView octets) {
  const BytesView sample = sample_of(octets);
  Transform best = Transform::none;
  std::size_t least = size_as(Transform::none, sample) * kWorthwhilePercent / 100;
  for (const Transform candidate : {Transform::samples16, Transform::mulaw, Transform::alaw}) {
    if ((features_ & feature_of(candidate)) == 0) continue;
    const std::size_t size = size_as(candidate, sample);
    if (size >= least) continue;
    best = candidate;
    least = size;
  }
  return best;
}

std::size_t TransformChooser::size_as(Transform candidate, BytesView sample) {
  made_.clear();
  transform(candidate, sample, made_);
  compressed_.clear();
  return std::min(made_.size(), compressor_.compress(made_, compressed_));
}

bool TransformChooser::base64_pays(const Key& key, BytesView octets) {
  if (octets.size() < kOctetsMin) return false;
  Answer& answer = base64_[key];
  if (answer.for_chunks == 0) {
    const BytesView sample = sample_of(octets);
    Bytes characters(base64_characters(sample.size()), '\0');
    encode_base64(sample.data(), sample.size(), characters.data());
    std::size_t least = SIZE_MAX;
    for (std::size_t i = 0; i < kTransforms; ++i) {
      const auto candidate = static_cast<Transform>(i);
      if (candidate != Transform::none && (features_ & feature_of(candidate)) == 0) continue;
      least = std::min(least, size_as(candidate, sample));
    }
    answer = {.base64_pays = least < size_as(Transform::none, characters), .for_chunks = kChunksAnAnswer};
  }
  --answer.for_chunks;
  return answer.base64_pays;
}

}  // namespace ringback::trace
