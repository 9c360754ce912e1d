#include "src/trace/codec/numbers.h"

#include <algorithm>

namespace ringback::trace {

void to_differences(std::vector<std::uint64_t>& values) {
  std::uint64_t previous = 0;
  for (std::uint64_t& value : values) {
    const std::uint64_t difference = value - previous;
    previous = value;
    value = zigzag(difference);
  }
}

Numbers pack(const std::vector<std::uint64_t>& values, Bytes& planes) {
  planes.clear();
  if (values.empty()) return {};
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  Numbers packed{.base = *least, .width = 0, .planes = {}};
  for (std::uint64_t spread = *greatest - *least; spread != 0; spread >>= 8) ++packed.width;
  planes.resize(packed.width * values.size());
  char* out = planes.data();
  for (unsigned plane = 0; plane < packed.width; ++plane) {
    for (const std::uint64_t value : values) *out++ = static_cast<char>((value - packed.base) >> (8 * plane) & 0xff);
  }
  packed.planes = planes;
  return packed;
}

Column::Column(const Numbers& packed, std::size_t count, const Place& place)
    : base_(packed.base), width_(packed.width), count_(count), planes_(packed.planes.data()) {
  if (packed.width > 8 || packed.planes.size() != packed.width * count) {
    damaged(place, fmt::format("a column of {} numbers", count),
            fmt::format("{} planes with {} octets", packed.width, packed.planes.size()));
  }
}

}  // namespace ringback::trace
