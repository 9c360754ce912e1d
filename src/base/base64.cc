#include "src/base/base64.h"

#include <array>
#include <cstdint>

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

constexpr std::array<std::uint8_t, 256> kReverse = make_reverse();

std::uint32_t octet_at(BytesView data, std::size_t i) { return static_cast<std::uint8_t>(data[i]); }

}  // namespace

std::string base64_encode(BytesView data) {
  std::string text((data.size() + 2) / 3 * 4, '=');
  char* out = text.data();
  const auto put = [&out](std::uint32_t group, int symbols) {
    for (int i = 0; i < symbols; ++i) *out++ = kAlphabet[group >> (18 - 6 * i) & 63];
  };
  std::size_t i = 0;
  for (; i + 3 <= data.size(); i += 3)
    put(octet_at(data, i) << 16 | octet_at(data, i + 1) << 8 | octet_at(data, i + 2), 4);
  const std::size_t rest = data.size() - i;
  if (rest == 1) put(octet_at(data, i) << 16, 2);
  if (rest == 2) put(octet_at(data, i) << 16 | octet_at(data, i + 1) << 8, 3);
  return text;
}

std::optional<Bytes> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  Bytes data(text.size() / 4 * 3 - padding, '\0');
  char* out = data.data();
  const auto symbol = [&](std::size_t i) -> std::uint32_t { return kReverse[static_cast<std::uint8_t>(text[i])]; };
  const std::size_t whole = padding == 0 ? text.size() : text.size() - 4;
  std::uint32_t seen = 0;  // kForeign has bits that no value has
  for (std::size_t i = 0; i < whole; i += 4) {
    const std::uint32_t a = symbol(i);
    const std::uint32_t b = symbol(i + 1);
    const std::uint32_t c = symbol(i + 2);
    const std::uint32_t d = symbol(i + 3);
    seen |= a | b | c | d;
    const std::uint32_t group = a << 18 | b << 12 | c << 6 | d;
    *out++ = static_cast<char>(group >> 16);
    *out++ = static_cast<char>(group >> 8);
    *out++ = static_cast<char>(group);
  }
  if (padding > 0) {
    const std::uint32_t a = symbol(whole);
    const std::uint32_t b = symbol(whole + 1);
    const std::uint32_t c = padding == 1 ? symbol(whole + 2) : 0;
    seen |= a | b | c;
    const std::uint32_t unused = padding == 1 ? c & 3 : b & 15;
    if (unused != 0) return std::nullopt;
    *out++ = static_cast<char>(a << 2 | b >> 4);
    if (padding == 1) *out++ = static_cast<char>(b << 4 | c >> 2);
  }
  if (seen > 63) return std::nullopt;
  return data;
}

}  // namespace ringback
