// Keyed, counter-based random numbers: value = f(seed, domain, entity, purpose, index).
//
// There is no generator with a state: a draw depends on its own key and index alone, so that removing one fault, or
// asking in another order, leaves every other draw as it was. The function is XXH3-64 over the key's canonical bytes;
// it is uniform enough for simulation and is not cryptographic.
//
//   RandomStream loss({.seed = 7, .domain = "fault", .entity = "slow-crm", .purpose = "probability"});
//   bool hit = loss.chance(call_number, {1, 5});
#pragma once

#include <cstdint>
#include <string_view>

#include "src/base/ratio.h"

namespace ringback {

using Seed = std::uint64_t;

struct RandomKey {
  Seed seed = 0;
  std::string_view domain;   // the module that draws: "fault", "caller"
  std::string_view entity;   // whose draw it is: a fault's id, a channel's name
  std::string_view purpose;  // what for: "probability", "noise"
};

class RandomStream {
 public:
  explicit RandomStream(const RandomKey& key);

  // All 64 bits of draw number `index`.
  std::uint64_t bits(std::uint64_t index) const;
  // Uniform in [0, bound); `bound` > 0. No modulo bias that 64 bits could show: multiply and take the high word.
  std::uint64_t below(std::uint64_t index, std::uint64_t bound) const;
  // True with probability `ratio`.
  bool chance(std::uint64_t index, Ratio ratio) const;

 private:
  std::uint64_t key_hash_ = 0;
};

}  // namespace ringback
