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
  std::string text;
  text.reserve((data.size() + 2) / 3 * 4);
  std::size_t i = 0;
  for (; i + 3 <= data.size(); i += 3) {
    const std::uint32_t group = octet_at(data, i) << 16 | octet_at(data, i + 1) << 8 | octet_at(data, i + 2);
    text.push_back(kAlphabet[group >> 18]);
    text.push_back(kAlphabet[group >> 12 & 63]);
    text.push_back(kAlphabet[group >> 6 & 63]);
    text.push_back(kAlphabet[group & 63]);
  }
  const std::size_t rest = data.size() - i;
  if (rest == 1) {
    const std::uint32_t group = octet_at(data, i) << 16;
    text.push_back(kAlphabet[group >> 18]);
    text.push_back(kAlphabet[group >> 12 & 63]);
    text.append("==");
  } else if (rest == 2) {
    const std::uint32_t group = octet_at(data, i) << 16 | octet_at(data, i + 1) << 8;
    text.push_back(kAlphabet[group >> 18]);
    text.push_back(kAlphabet[group >> 12 & 63]);
    text.push_back(kAlphabet[group >> 6 & 63]);
    text.push_back('=');
  }
  return text;
}

std::optional<Bytes> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  const std::string_view symbols = text.substr(0, text.size() - padding);
  Bytes data;
  data.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : symbols) {
    const std::uint8_t value = kReverse[static_cast<std::uint8_t>(c)];
    if (value == kForeign) return std::nullopt;
    group = group << 6 | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      data.push_back(static_cast<char>(group >> bits));
      group &= (1u << bits) - 1;
    }
  }
  if (group != 0) return std::nullopt;
  return data;
}

}  // namespace ringback
