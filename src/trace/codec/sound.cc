#include "src/trace/codec/sound.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "src/trace/little_endian.h"

namespace ringback::trace {
namespace {

// Predictors of order 0 to 3: the difference to 0, to the sample before, to the line through the two before, to the
// curve through the three before. A segment of 256 samples has one order.
constexpr std::size_t kOrders = 4;
constexpr std::size_t kHistory = kOrders - 1;
constexpr std::size_t kSegment = 256;

// The samples of a segment, with those before it in front, the oldest first.
template <class Sample>
using Window = std::array<Sample, kHistory + kSegment>;
template <class Sample>
using Codes = std::array<Sample, kSegment>;

// The last samples of this segment become the first of the next.
template <class Sample>
void move_on(Window<Sample>& window) {
  for (std::size_t i = 0; i < kHistory; ++i) window[i] = window[kSegment + i];
}

// Samples out of their differences. The sums are wider than samples, which is quicker; only their low bits are kept.
template <unsigned order, class Sample>
void add_up(const Codes<Sample>& differences, Window<Sample>& window) {
  std::uint32_t sample = window[2];
  std::uint32_t first = sample - window[1];
  std::uint32_t second = first - (std::uint32_t{window[1]} - window[0]);
  Sample* out = window.data() + kHistory;
#pragma GCC unroll 8
  for (const Sample difference : differences) {
    if constexpr (order == 0) sample = difference;
    if constexpr (order == 1) sample += difference;
    if constexpr (order == 2) sample += first += difference;
    if constexpr (order == 3) sample += first += second += difference;
    *out++ = static_cast<Sample>(sample);
  }
}

template <class Sample>
void add_up(unsigned order, const Codes<Sample>& differences, Window<Sample>& window) {
  static constexpr std::array kAddUp = {add_up<0, Sample>, add_up<1, Sample>, add_up<2, Sample>, add_up<3, Sample>};
  kAddUp[order](differences, window);
}

// Vectors of gcc and clang: compiled for whatever the machine has.
using WideLanes __attribute__((vector_size(16))) = std::uint16_t;
using WideSigned __attribute__((vector_size(16))) = std::int16_t;
using NarrowLanes __attribute__((vector_size(16))) = std::uint8_t;
using NarrowSigned __attribute__((vector_size(16))) = std::int8_t;

template <class Lanes, class Sample>
Lanes load_lanes(const Sample* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

// Folded: small numbers of either sign are small numbers.
template <class Lanes, class Sample>
void unfold(Codes<Sample>& codes) {
  for (std::size_t i = 0; i < kSegment; i += sizeof(Lanes) / sizeof(Sample)) {
    const auto folded = load_lanes<Lanes>(codes.data() + i);
    const Lanes difference = (folded >> 1) ^ (0 - (folded & 1));
    std::memcpy(codes.data() + i, &difference, sizeof difference);
  }
}

// Folded differences of all orders.
template <class Lanes, class Signed, class Sample>
void differ(const Window<Sample>& window, std::array<Codes<Sample>, kOrders>& codes) {
  constexpr std::size_t kLanes = sizeof(Lanes) / sizeof(Sample);
  for (std::size_t i = 0; i < kSegment; i += kLanes) {
    const Lanes sample = load_lanes<Lanes>(window.data() + i + 3);
    const Lanes before = load_lanes<Lanes>(window.data() + i + 2);
    const Lanes earlier = load_lanes<Lanes>(window.data() + i + 1);
    const Lanes first = sample - before;
    const Lanes first_before = before - earlier;
    const Lanes second = first - first_before;
    const Lanes second_before = first_before - (earlier - load_lanes<Lanes>(window.data() + i));
    const std::array<Lanes, kOrders> differences = {sample, first, second, second - second_before};
    for (std::size_t order = 0; order < kOrders; ++order) {
      const Lanes sign =
          reinterpret_cast<Lanes>(reinterpret_cast<Signed>(differences[order]) >> (8 * sizeof(Sample) - 1));
      const Lanes folded = (differences[order] + differences[order]) ^ sign;
      std::memcpy(codes[order].data() + i, &folded, sizeof folded);
    }
  }
}

// --- 16-bit samples: a segment's order, the widths of its 16 groups, the groups ---

using Wide = std::uint16_t;

constexpr std::size_t kGroup = 16;
constexpr std::size_t kGroups = kSegment / kGroup;
constexpr std::size_t kSegmentHeadBytes = 1 + kGroups / 2;
constexpr std::size_t kSegmentBytesMax = kSegmentHeadBytes + kSegment * 2;
constexpr unsigned kWidthMax = 16;
// Groups are read and written by 8 octets at a time, so that many behind the last one are touched.
constexpr std::size_t kSlack = 8;

// Widths are kept as 4 bits: 0 to 14 are themselves, 15 is 16.
constexpr unsigned code_of(unsigned width) { return std::min(width, 15u); }
constexpr unsigned width_of(unsigned code) { return code == 15 ? kWidthMax : code; }

using Widths = std::array<std::uint8_t, kGroups>;

// The sum of the widths that the groups need.
unsigned measure(const Codes<Wide>& codes, Widths& widths) {
  unsigned sum = 0;
  for (std::size_t group = 0; group < kGroups; ++group) {
    std::array<std::uint64_t, kGroup / 4> fours{};
    std::memcpy(fours.data(), codes.data() + group * kGroup, sizeof fours);
    std::uint64_t all = fours[0] | fours[1] | fours[2] | fours[3];
    all |= all >> 32;
    all |= all >> 16;
    const unsigned width = width_of(code_of(static_cast<unsigned>(std::bit_width(all & 0xffff))));
    widths[group] = static_cast<std::uint8_t>(width);
    sum += width;
  }
  return sum;
}

// A group of 16 values of `width` bits is 2 * width octets, the first value in the lowest bits. Four values are worked
// on at once: where their bits do not start with an octet, they start in its middle.
template <unsigned width>
void put_group(const Wide* values, char* out) {
  constexpr unsigned kFour = 4 * width;
  std::uint64_t before = 0;
  for (unsigned four = 0; four < 4; ++four) {
    const Wide* v = values + 4 * four;
    std::uint64_t bits = v[0];
    bits |= std::uint64_t{v[1]} << width;
    bits |= std::uint64_t{v[2]} << (2 * width);
    bits |= std::uint64_t{v[3]} << (3 * width);
    const unsigned at = four * kFour;
    store_little_endian(at % 8 == 0 ? bits : bits << 4 | before >> (kFour - 4), out + at / 8);
    before = bits;
  }
}

template <unsigned width>
void get_group(const char* in, Wide* values) {
  constexpr unsigned kFour = 4 * width;
  constexpr std::uint64_t kMask = (std::uint64_t{1} << width) - 1;
  for (unsigned four = 0; four < 4; ++four) {
    const unsigned at = four * kFour;
    const std::uint64_t bits = load_little_endian<std::uint64_t>(in + at / 8) >> (at % 8);
    Wide* v = values + 4 * four;
    v[0] = static_cast<Wide>(bits & kMask);
    v[1] = static_cast<Wide>(bits >> width & kMask);
    v[2] = static_cast<Wide>(bits >> (2 * width) & kMask);
    v[3] = static_cast<Wide>(bits >> (3 * width) & kMask);
  }
}

using Put = void (*)(const Wide*, char*);
using Get = void (*)(const char*, Wide*);

template <unsigned... widths>
constexpr std::array<Put, kWidthMax + 1> puts(std::integer_sequence<unsigned, widths...>) {
  return {[](const Wide*, char*) {}, put_group<widths + 1>...};
}

template <unsigned... widths>
constexpr std::array<Get, kWidthMax + 1> gets(std::integer_sequence<unsigned, widths...>) {
  return {[](const char*, Wide* values) { std::fill_n(values, kGroup, Wide{0}); }, get_group<widths + 1>...};
}

constexpr auto kPut = puts(std::make_integer_sequence<unsigned, kWidthMax>());
constexpr auto kGet = gets(std::make_integer_sequence<unsigned, kWidthMax>());

// Of `count` samples; returns how many octets of `out` it takes.
std::size_t pack_segment(const Window<Wide>& window, std::size_t count, char* out) {
  std::array<Codes<Wide>, kOrders> codes;
  differ<WideLanes, WideSigned>(window, codes);
  std::array<Widths, kOrders> widths;
  std::array<unsigned, kOrders> sums{};
  for (std::size_t order = 0; order < kOrders; ++order) {
    std::fill(codes[order].begin() + static_cast<std::ptrdiff_t>(count), codes[order].end(), Wide{0});
    sums[order] = measure(codes[order], widths[order]);
  }
  const auto best = static_cast<std::size_t>(std::min_element(sums.begin(), sums.end()) - sums.begin());
  char* at = out;
  *at++ = static_cast<char>(best);
  for (std::size_t group = 0; group < kGroups; group += 2) {
    *at++ = static_cast<char>(code_of(widths[best][group]) | code_of(widths[best][group + 1]) << 4);
  }
  for (std::size_t group = 0; group < kGroups; ++group) {
    kPut[widths[best][group]](codes[best].data() + group * kGroup, at);
    at += 2 * widths[best][group];
  }
  return static_cast<std::size_t>(at - out);
}

void unpack_segment(BytesView& packed, Window<Wide>& window, const Place& place) {
  if (packed.size() < kSegmentHeadBytes) damaged(place, "packed samples", "their end");
  const auto order = static_cast<std::uint8_t>(packed[0]);
  Widths widths;
  std::size_t length = kSegmentHeadBytes;
  for (std::size_t group = 0; group < kGroups; ++group) {
    const unsigned octet = static_cast<std::uint8_t>(packed[1 + group / 2]);
    widths[group] = static_cast<std::uint8_t>(width_of(octet >> (group % 2 * 4) & 15));
    length += 2u * widths[group];
  }
  if (order >= kOrders) damaged(place, "a predictor of order 0 to 3", fmt::format("{}", order));
  if (length > packed.size()) {
    damaged(place, fmt::format("{} octets of packed samples", length), fmt::format("{}", packed.size()));
  }
  std::array<char, kSegmentBytesMax + kSlack> copy;
  const char* in = packed.data();
  if (packed.size() - length < kSlack) {
    std::memcpy(copy.data(), in, length);
    std::memset(copy.data() + length, 0, kSlack);
    in = copy.data();
  }
  in += kSegmentHeadBytes;
  Codes<Wide> codes;
  for (std::size_t group = 0; group < kGroups; ++group) {
    kGet[widths[group]](in, codes.data() + group * kGroup);
    in += 2 * widths[group];
  }
  packed.remove_prefix(length);
  unfold<WideLanes>(codes);
  add_up(order, codes, window);
}

// An octet that is left over at the end is a sample with 0 above it.
void load_samples(const char* in, std::size_t octets, Wide* samples) {
  if (octets % 2 != 0) samples[octets / 2] = 0;
  std::memcpy(samples, in, octets);
  if constexpr (std::endian::native == std::endian::big) {
    for (std::size_t i = 0; i < (octets + 1) / 2; ++i)
      samples[i] = static_cast<Wide>(samples[i] << 8 | samples[i] >> 8);
  }
}

void store_samples(const Wide* samples, char* out, std::size_t octets) {
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(out, samples, octets);
  } else {
    for (std::size_t i = 0; i < octets / 2; ++i) store_little_endian(samples[i], out + 2 * i);
    if (octets % 2 != 0) out[octets - 1] = static_cast<char>(samples[octets / 2]);
  }
}

void pack_samples(BytesView octets, Bytes& out) {
  Window<Wide> window{};
  std::array<char, kSegmentBytesMax + kSlack> packed;
  for (std::size_t at = 0; at < octets.size(); at += 2 * kSegment) {
    const std::size_t length = std::min(2 * kSegment, octets.size() - at);
    load_samples(octets.data() + at, length, window.data() + kHistory);
    out.append(packed.data(), pack_segment(window, (length + 1) / 2, packed.data()));
    move_on(window);
  }
}

void unpack_samples(BytesView& packed, char* out, std::size_t length, const Place& place) {
  Window<Wide> window{};
  while (length > 0) {
    unpack_segment(packed, window, place);
    const std::size_t now = std::min(2 * kSegment, length);
    store_samples(window.data() + kHistory, out, now);
    move_on(window);
    out += now;
    length -= now;
  }
}

// --- G.711: a segment's order, then a folded difference for each code ---

using Narrow = std::uint8_t;
using Table = std::array<Narrow, 256>;

// The codes are sign and magnitude with bits inverted. By rank, from the lowest to the highest sample, those that
// follow each other are near each other.
constexpr Table ranks(unsigned inverted) {
  Table table{};
  for (unsigned octet = 0; octet < 256; ++octet) {
    const unsigned code = octet ^ inverted;
    table[octet] = static_cast<Narrow>((code & 0x80) != 0 ? 127 - (code & 0x7f) : 128 + code);
  }
  return table;
}

constexpr Table inverse(const Table& table) {
  Table back{};
  for (unsigned octet = 0; octet < 256; ++octet) back[table[octet]] = static_cast<Narrow>(octet);
  return back;
}

constexpr Table kMulawRanks = ranks(0xff);
constexpr Table kAlawRanks = ranks(0x55);
constexpr Table kMulawCodes = inverse(kMulawRanks);
constexpr Table kAlawCodes = inverse(kAlawRanks);

// What silence is near to: so the first differences are small.
constexpr Narrow kMiddle = 128;

Window<Narrow> silence() {
  Window<Narrow> window;
  window.fill(kMiddle);
  return window;
}

unsigned sum(const Codes<Narrow>& codes) {
  WideLanes sums{};  // 32 octets in each lane: far from full
  for (std::size_t i = 0; i < kSegment; i += sizeof(WideLanes)) {
    const auto pairs = load_lanes<WideLanes>(codes.data() + i);
    sums += (pairs & 0xff) + (pairs >> 8);
  }
  unsigned total = 0;
  for (std::size_t lane = 0; lane < sizeof(WideLanes) / sizeof(Wide); ++lane) total += sums[lane];
  return total;
}

void rank_differences(const Table& ranks, BytesView octets, Bytes& out) {
  Window<Narrow> window = silence();
  std::array<Codes<Narrow>, kOrders> codes;
  for (std::size_t at = 0; at < octets.size(); at += kSegment) {
    const std::size_t length = std::min(kSegment, octets.size() - at);
    for (std::size_t i = 0; i < length; ++i) window[kHistory + i] = ranks[static_cast<Narrow>(octets[at + i])];
    differ<NarrowLanes, NarrowSigned>(window, codes);
    std::array<unsigned, kOrders> sums{};
    for (std::size_t order = 0; order < kOrders; ++order) {
      std::fill(codes[order].begin() + static_cast<std::ptrdiff_t>(length), codes[order].end(), Narrow{0});
      sums[order] = sum(codes[order]);
    }
    const auto best = static_cast<std::size_t>(std::min_element(sums.begin(), sums.end()) - sums.begin());
    out.push_back(static_cast<char>(best));
    out.append(reinterpret_cast<const char*>(codes[best].data()), length);
    move_on(window);
  }
}

void ranks_back(const Table& codes_of, BytesView& ready, char* out, std::size_t length, const Place& place) {
  Window<Narrow> window = silence();
  Codes<Narrow> codes{};
  while (length > 0) {
    const std::size_t now = std::min(kSegment, length);
    if (ready.size() < now + 1)
      damaged(place, fmt::format("{} octets of G.711", now + 1), fmt::format("{}", ready.size()));
    const auto order = static_cast<std::uint8_t>(ready[0]);
    if (order >= kOrders) damaged(place, "a predictor of order 0 to 3", fmt::format("{}", order));
    std::memcpy(codes.data(), ready.data() + 1, now);
    ready.remove_prefix(now + 1);
    unfold<NarrowLanes>(codes);
    add_up(order, codes, window);
    for (std::size_t i = 0; i < now; ++i) out[i] = static_cast<char>(codes_of[window[kHistory + i]]);
    move_on(window);
    out += now;
    length -= now;
  }
}

}  // namespace

void transform(Transform transform, BytesView octets, Bytes& out) {
  switch (transform) {
    case Transform::none:
      out.append(octets);
      return;
    case Transform::samples16:
      return pack_samples(octets, out);
    case Transform::mulaw:
      return rank_differences(kMulawRanks, octets, out);
    case Transform::alaw:
      return rank_differences(kAlawRanks, octets, out);
  }
}

void transform_back(Transform transform, BytesView& ready, char* out, std::size_t length, const Place& place) {
  switch (transform) {
    case Transform::none:
      if (ready.size() < length) damaged(place, fmt::format("{} octets", length), fmt::format("{}", ready.size()));
      std::memcpy(out, ready.data(), length);
      ready.remove_prefix(length);
      return;
    case Transform::samples16:
      return unpack_samples(ready, out, length, place);
    case Transform::mulaw:
      return ranks_back(kMulawCodes, ready, out, length, place);
    case Transform::alaw:
      return ranks_back(kAlawCodes, ready, out, length, place);
  }
}

}  // namespace ringback::trace
