#include "src/base/utf8.h"

#include <catch2/catch.hpp>
#include <string>

namespace ringback {
namespace {

std::string with(std::initializer_list<int> octets) {
  std::string text;
  for (const int octet : octets) text.push_back(static_cast<char>(octet));
  return text;
}

// UTF-8 written out by the rule of its bits, to compare with.
std::string encoded(std::uint32_t point) {
  const auto tail = [point](int shift) { return static_cast<int>(0x80 | (point >> shift & 0x3f)); };
  const auto lead = [point](std::uint32_t mark, int shift) { return static_cast<int>(mark | point >> shift); };
  if (point < 0x80) return with({static_cast<int>(point)});
  if (point < 0x800) return with({lead(0xc0, 6), tail(0)});
  if (point < 0x10000) return with({lead(0xe0, 12), tail(6), tail(0)});
  return with({lead(0xf0, 18), tail(12), tail(6), tail(0)});
}

TEST_CASE("every code point but surrogates is UTF-8, and no code point without its last octet") {
  std::uint32_t wrong = 0;
  for (std::uint32_t point = 0; point <= 0x10ffff; ++point) {
    const std::string text = encoded(point);
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    const bool wrong_when_cut = text.size() > 1 && is_utf8(std::string_view(text).substr(0, text.size() - 1));
    if (is_utf8(text) == surrogate || wrong_when_cut) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("overlong forms, stray octets and points beyond Unicode are not UTF-8") {
  CHECK_FALSE(is_utf8(with({0xc0, 0x80})));
  CHECK_FALSE(is_utf8(with({0xc1, 0xbf})));
  CHECK_FALSE(is_utf8(with({0xe0, 0x9f, 0xbf})));
  CHECK_FALSE(is_utf8(with({0xf0, 0x8f, 0xbf, 0xbf})));
  CHECK_FALSE(is_utf8(with({0xf4, 0x90, 0x80, 0x80})));
  CHECK_FALSE(is_utf8(with({0xf5, 0x80, 0x80, 0x80})));
  CHECK_FALSE(is_utf8(with({0x80})));
  CHECK_FALSE(is_utf8(with({0xff})));
  CHECK_FALSE(is_utf8(with({'a', 0xc3, 'b'})));
  CHECK_FALSE(is_utf8(with({0xe2, 0x82, 'b'})));
}

TEST_CASE("the empty text and text with a zero are UTF-8") {
  CHECK(is_utf8(""));
  CHECK(is_utf8(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace ringback
