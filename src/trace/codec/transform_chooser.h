// Which transform makes a column smallest: found out on a sample, and kept for some chunks.
//
// The answer is a function of the chunks that were asked about, in their order, and nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <tuple>

#include "src/trace/codec/compression.h"
#include "src/trace/codec/sound.h"
#include "src/trace/event.h"

namespace ringback::trace {

class TransformChooser {
 public:
  // `features`: what may be used (features.h).
  explicit TransformChooser(std::uint64_t features) : features_(features) {}

  // A column over the chunks of a trace.
  struct Key {
    ChannelId channel = kControlChannel;
    std::uint16_t kind = 0;
    std::uint8_t tag = 0;
    bool is_cut = false;  // what was cut out of its values, and not these
    auto operator<=>(const Key&) const = default;
  };
  // Appends `octets` to that member of `ready` that it returns, as that transform makes them.
  Transform choose(const Key& key, BytesView octets, std::array<Bytes, kTransforms>& ready);
  // True where `octets` compress better than the base64 that stood for them.
  bool base64_pays(const Key& key, BytesView octets);

 private:
  struct Answer {
    Transform transform = Transform::none;
    bool base64_pays = false;
    unsigned for_chunks = 0;  // that it is still good for
  };

  Transform find(BytesView octets);
  std::size_t size_as(Transform transform, BytesView sample);

  std::uint64_t features_;
  std::map<Key, Answer> transforms_;
  std::map<Key, Answer> base64_;
  Bytes made_;
  Bytes compressed_;
  Compressor compressor_;
};

}  // namespace ringback::trace
