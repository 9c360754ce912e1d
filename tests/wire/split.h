// Feeding the same octets in every way that they may arrive.
#pragma once

#include <vector>

#include "src/base/bytes.h"

namespace ringback::wire {

// The octets in pieces: whole, one octet at a time, and cut in two at every place.
inline std::vector<std::vector<BytesView>> ways_to_arrive(BytesView octets) {
  std::vector<std::vector<BytesView>> ways = {{octets}, {}};
  for (std::size_t i = 0; i < octets.size(); ++i) ways[1].push_back(octets.substr(i, 1));
  for (std::size_t i = 1; i < octets.size(); ++i) ways.push_back({octets.substr(0, i), octets.substr(i)});
  return ways;
}

}  // namespace ringback::wire
