#include "src/wire/flat_object.h"

#include <cstring>

namespace ringback::wire {
namespace {

constexpr bool is_plain(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

constexpr std::uint64_t in_each_octet(std::uint64_t value) { return value * 0x0101010101010101U; }

// Eight octets at once: a bit stands in the upper place of each octet that is not plain, and perhaps of some behind it.
std::uint64_t marks_of(std::uint64_t octets) {
  const auto zeros = [](std::uint64_t word) { return (word - in_each_octet(1)) & ~word; };
  const std::uint64_t below_space = octets - in_each_octet(0x20);
  const std::uint64_t above_tilde = octets + in_each_octet(1);
  return (octets | below_space | above_tilde | zeros(octets ^ in_each_octet('"')) |
          zeros(octets ^ in_each_octet('\\'))) &
         in_each_octet(0x80);
}

// As many octets as the compiler can look at together.
constexpr std::size_t kStride = 64;
bool is_all_plain(const char* stride) {
  unsigned char others = 0;
  for (std::size_t i = 0; i < kStride; ++i) {
    const auto c = static_cast<signed char>(stride[i]);
    others |= static_cast<unsigned char>((c < 0x20) | (c == 0x7F) | (c == '"') | (c == '\\'));
  }
  return others == 0;
}

}  // namespace

std::size_t plain_length(BytesView text) {
  std::size_t length = 0;
  while (text.size() - length >= kStride && is_all_plain(text.data() + length)) length += kStride;
  for (; text.size() - length >= 8; length += 8) {
    std::uint64_t octets = 0;
    std::memcpy(&octets, text.data() + length, 8);
    if (marks_of(octets) != 0) break;
  }
  while (length < text.size() && is_plain(text[length])) ++length;
  return length;
}

bool FlatObjectReader::next() {
  skip_space();
  if (!has_begun_) {
    has_begun_ = true;
    if (!take('{')) return false;
  } else if (take('}')) {
    skip_space();
    is_flat_ = rest_.empty();
    return false;
  } else if (!take(',')) {
    return false;
  }
  skip_space();
  if (!take_string(key_)) return false;
  skip_space();
  if (!take(':')) return false;
  skip_space();
  return take_value();
}

bool FlatObjectReader::take(char expected) {
  if (rest_.empty() || rest_.front() != expected) return false;
  rest_.remove_prefix(1);
  return true;
}

void FlatObjectReader::skip_space() {
  while (!rest_.empty() &&
         (rest_.front() == ' ' || rest_.front() == '\n' || rest_.front() == '\r' || rest_.front() == '\t')) {
    rest_.remove_prefix(1);
  }
}

bool FlatObjectReader::take_string(std::string_view& out) {
  if (!take('"')) return false;
  out = rest_.substr(0, plain_length(rest_));
  rest_.remove_prefix(out.size());
  return take('"');
}

bool FlatObjectReader::take_value() {
  value_ = {};
  if (rest_.empty()) return false;
  switch (rest_.front()) {
    case '"':
      return take_string(value_.text);
    case 't':
      return take_word("true");
    case 'f':
      return take_word("false");
    case 'n':
      return take_word("null");
    default:
      return take_number();
  }
}

// At most 18 digits fit for certain. A number that goes on (1.5, 1e3) is no whole one: what follows is then not taken.
bool FlatObjectReader::take_number() {
  constexpr std::size_t kDigitsMax = 18;
  std::int64_t number = 0;
  std::size_t digits = 0;
  while (digits < rest_.size() && digits < kDigitsMax && rest_[digits] >= '0' && rest_[digits] <= '9') {
    number = number * 10 + (rest_[digits++] - '0');
  }
  if (digits == 0 || (digits > 1 && rest_.front() == '0')) return false;
  rest_.remove_prefix(digits);
  value_.number = number;
  return true;
}

bool FlatObjectReader::take_word(std::string_view word) {
  if (rest_.substr(0, word.size()) != word) return false;
  rest_.remove_prefix(word.size());
  return true;
}

}  // namespace ringback::wire
