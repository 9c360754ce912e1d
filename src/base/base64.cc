#include "src/base/base64.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace ringback {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kForeign = 255;

constexpr std::array<std::uint8_t, 256> make_reverse() {
  std::array<std::uint8_t, 256> reverse{};
  for (auto& value : reverse) value = kForeign;
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    reverse[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return reverse;
}

// Two symbols for every twelve bits.
constexpr std::array<char, 8192> make_pairs() {
  std::array<char, 8192> pairs{};
  for (std::size_t i = 0; i < 4096; ++i) {
    pairs[2 * i] = kAlphabet[i >> 6];
    pairs[2 * i + 1] = kAlphabet[i & 63];
  }
  return pairs;
}

constexpr std::array<char, 8192> kPairs = make_pairs();

// What a symbol stands for at each place of a group of four; kForeignBit for what is none.
constexpr std::uint32_t kForeignBit = 1u << 31;
constexpr std::array<std::array<std::uint32_t, 256>, 4> make_placed() {
  std::array<std::array<std::uint32_t, 256>, 4> placed{};
  for (auto& place : placed) {
    for (std::uint32_t& value : place) value = kForeignBit;
  }
  for (std::uint32_t i = 0; i < kAlphabet.size(); ++i) {
    for (std::size_t place = 0; place < 4; ++place)
      placed[place][static_cast<std::uint8_t>(kAlphabet[i])] = i << (18 - 6 * place);
  }
  return placed;
}
constexpr std::array<std::array<std::uint32_t, 256>, 4> kPlaced = make_placed();
constexpr std::array<std::uint8_t, 256> kReverse = make_reverse();

std::uint32_t octet_at(BytesView data, std::size_t i) { return static_cast<std::uint8_t>(data[i]); }

}  // namespace

std::string base64_encode(BytesView data) {
  std::string text;
  append_base64(data, text);
  return text;
}

void append_base64(BytesView data, std::string& text) {
  const std::size_t begin = text.size();
  text.resize(begin + (data.size() + 2) / 3 * 4, '=');
  char* out = text.data() + begin;
  const auto put = [&out](std::uint32_t group, int symbols) {
    for (int i = 0; i < symbols; ++i) *out++ = kAlphabet[group >> (18 - 6 * i) & 63];
  };
  std::size_t i = 0;
  for (; i + 3 <= data.size(); i += 3) {
    const std::uint32_t group = octet_at(data, i) << 16 | octet_at(data, i + 1) << 8 | octet_at(data, i + 2);
    std::memcpy(out, &kPairs[(group >> 12) * 2], 2);
    std::memcpy(out + 2, &kPairs[(group & 4095) * 2], 2);
    out += 4;
  }
  const std::size_t rest = data.size() - i;
  if (rest == 1) put(octet_at(data, i) << 16, 2);
  if (rest == 2) put(octet_at(data, i) << 16 | octet_at(data, i + 1) << 8, 3);
}

std::optional<Bytes> base64_decode(std::string_view text) {
  Bytes data;
  if (!base64_decode(text, data)) return std::nullopt;
  return data;
}

bool base64_decode(std::string_view text, Bytes& data) {
  if (text.size() % 4 != 0) return false;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  data.resize(text.size() / 4 * 3 - padding);
  char* out = data.data();
  const auto symbol = [&](std::size_t i) -> std::uint32_t { return kReverse[static_cast<std::uint8_t>(text[i])]; };
  const std::size_t whole = padding == 0 ? text.size() : text.size() - 4;
  std::uint32_t seen = 0;  // kForeign has bits that no value has
  const auto* in = reinterpret_cast<const unsigned char*>(text.data());
  std::uint32_t groups = 0;  // all of them or'ed together
  for (std::size_t i = 0; i < whole; i += 4, in += 4, out += 3) {
    const std::uint32_t group = kPlaced[0][in[0]] | kPlaced[1][in[1]] | kPlaced[2][in[2]] | kPlaced[3][in[3]];
    groups |= group;
    out[0] = static_cast<char>(group >> 16);
    out[1] = static_cast<char>(group >> 8);
    out[2] = static_cast<char>(group);
  }
  if ((groups & kForeignBit) != 0) return false;
  if (padding > 0) {
    const std::uint32_t a = symbol(whole);
    const std::uint32_t b = symbol(whole + 1);
    const std::uint32_t c = padding == 1 ? symbol(whole + 2) : 0;
    seen |= a | b | c;
    const std::uint32_t unused = padding == 1 ? c & 3 : b & 15;
    if (unused != 0) return false;
    *out++ = static_cast<char>(a << 2 | b >> 4);
    if (padding == 1) *out++ = static_cast<char>(b << 4 | c >> 2);
  }
  return seen <= 63;
}

}  // namespace ringback
