#include "src/wire/canonical_json.h"

#include <cstdint>
#include <map>

#include <fmt/format.h>

#include "src/wire/json_text.h"

namespace ringback::wire {

namespace {

// Longer numbers are written with an exponent.
constexpr std::int64_t kPlainDigitsMax = 40;
// Exponents beyond this are not a number that anyone means; such a text counts as not JSON.
constexpr std::int64_t kExponentMax = 1'000'000'000;

void append_utf8(std::uint32_t point, Bytes& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((point >> shift) & 0x3F)); };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | (point >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | (point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

// digits x 10^exponent, without leading or trailing zeros in `digits`.
Bytes decimal_text(bool is_negative, BytesView digits, std::int64_t exponent) {
  if (digits.empty()) return "0";
  Bytes out = is_negative ? "-" : "";
  const std::int64_t count = static_cast<std::int64_t>(digits.size());
  if (exponent >= 0 && count + exponent <= kPlainDigitsMax) {
    out += digits;
    out.append(static_cast<std::size_t>(exponent), '0');
  } else if (exponent < 0 && -exponent < count) {
    const std::size_t whole = static_cast<std::size_t>(count + exponent);
    out.append(digits.substr(0, whole)).append(".").append(digits.substr(whole));
  } else if (exponent < 0 && -exponent <= kPlainDigitsMax) {
    out.append("0.").append(static_cast<std::size_t>(-exponent - count), '0').append(digits);
  } else {
    out.append(digits).append(fmt::format("e{}", exponent));
  }
  return out;
}

// Reads one JSON text from front to back. Every function returns false where the text is not JSON.
class Canonicalizer {
 public:
  explicit Canonicalizer(BytesView text) : rest_(text) {}

  bool document(Bytes& out) {
    if (!value(out, 0)) return false;
    skip_space();
    return rest_.empty();
  }

 private:
  void skip_space() {
    const std::size_t length = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(length == BytesView::npos ? rest_.size() : length);
  }

  bool take(char expected) {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool word(BytesView expected, Bytes& out) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    out += expected;
    return true;
  }

  bool value(Bytes& out, int depth) {
    if (depth > kJsonDepthMax) return false;
    skip_space();
    if (rest_.empty()) return false;
    switch (rest_.front()) {
      case '{':
        return object(out, depth);
      case '[':
        return array(out, depth);
      case '"': {
        Bytes text;
        if (!string(text)) return false;
        append_string(text, out);
        return true;
      }
      case 't':
        return word("true", out);
      case 'f':
        return word("false", out);
      case 'n':
        return word("null", out);
      default:
        return number(out);
    }
  }

  bool object(Bytes& out, int depth) {
    std::map<Bytes, Bytes> members;
    take('{');
    skip_space();
    if (!take('}')) {
      do {
        Bytes key;
        Bytes member;
        skip_space();
        if (!string(key)) return false;
        skip_space();
        if (!take(':') || !value(member, depth + 1)) return false;
        members[std::move(key)] = std::move(member);
        skip_space();
      } while (take(','));
      if (!take('}')) return false;
    }
    out += '{';
    bool is_first = true;
    for (const auto& [key, member] : members) {
      if (!is_first) out += ',';
      is_first = false;
      append_string(key, out);
      out += ':';
      out += member;
    }
    out += '}';
    return true;
  }

  bool array(Bytes& out, int depth) {
    take('[');
    out += '[';
    skip_space();
    if (!take(']')) {
      bool is_first = true;
      do {
        if (!is_first) out += ',';
        is_first = false;
        if (!value(out, depth + 1)) return false;
        skip_space();
      } while (take(','));
      if (!take(']')) return false;
    }
    out += ']';
    return true;
  }

  bool hex4(std::uint32_t& unit) {
    if (rest_.size() < 4) return false;
    unit = 0;
    for (int i = 0; i < 4; ++i) {
      const char digit = rest_[static_cast<std::size_t>(i)];
      const int nibble = digit >= '0' && digit <= '9'   ? digit - '0'
                         : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
                         : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                                        : -1;
      if (nibble < 0) return false;
      unit = unit * 16 + static_cast<std::uint32_t>(nibble);
    }
    rest_.remove_prefix(4);
    return true;
  }

  bool escape(Bytes& out) {
    if (rest_.empty()) return false;
    const char kind = rest_.front();
    rest_.remove_prefix(1);
    static constexpr BytesView kKinds = "\"\\/bfnrt";
    static constexpr BytesView kMeanings = "\"\\/\b\f\n\r\t";
    if (const std::size_t i = kKinds.find(kind); i != BytesView::npos) {
      out += kMeanings[i];
      return true;
    }
    if (kind != 'u') return false;
    std::uint32_t unit = 0;
    if (!hex4(unit)) return false;
    if (unit >= 0xD800 && unit < 0xDC00 && rest_.starts_with("\\u")) {
      const BytesView before_low = rest_;
      rest_.remove_prefix(2);
      std::uint32_t low = 0;
      if (!hex4(low)) return false;
      if (low >= 0xDC00 && low < 0xE000) {
        append_utf8(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00), out);
        return true;
      }
      rest_ = before_low;
    }
    append_utf8(unit, out);  // a lone surrogate keeps its own (ill-formed) octets: distinct from every other string
    return true;
  }

  bool string(Bytes& out) {
    if (!take('"')) return false;
    while (!rest_.empty()) {
      const char octet = rest_.front();
      rest_.remove_prefix(1);
      if (octet == '"') return true;
      if (static_cast<unsigned char>(octet) < 0x20) return false;
      if (octet != '\\') {
        out += octet;
      } else if (!escape(out)) {
        return false;
      }
    }
    return false;
  }

  // Unlike append_json_string this keeps ill-formed octets: two different strings never become one.
  static void append_string(BytesView text, Bytes& out) {
    out += '"';
    for (const char octet : text) {
      if (octet == '"' || octet == '\\') {
        out += '\\';
        out += octet;
      } else if (static_cast<unsigned char>(octet) < 0x20) {
        out += fmt::format("\\u{:04x}", static_cast<unsigned>(octet));
      } else {
        out += octet;
      }
    }
    out += '"';
  }

  BytesView digits() {
    std::size_t length = 0;
    while (length < rest_.size() && rest_[length] >= '0' && rest_[length] <= '9') ++length;
    const BytesView found = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return found;
  }

  bool exponent(std::int64_t& out) {
    out = 0;
    if (!take('e') && !take('E')) return true;
    const bool is_negative = take('-');
    if (!is_negative) take('+');
    const BytesView text = digits();
    if (text.empty()) return false;
    for (const char digit : text) {
      out = out * 10 + (digit - '0');
      if (out > kExponentMax) return false;
    }
    if (is_negative) out = -out;
    return true;
  }

  bool number(Bytes& out) {
    const bool is_negative = take('-');
    const BytesView whole = digits();
    if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return false;
    BytesView fraction;
    if (take('.')) {
      fraction = digits();
      if (fraction.empty()) return false;
    }
    std::int64_t power = 0;
    if (!exponent(power)) return false;
    Bytes all(whole);
    all += fraction;
    power -= static_cast<std::int64_t>(fraction.size());
    while (!all.empty() && all.back() == '0') {
      all.pop_back();
      ++power;
    }
    const std::size_t zeros = all.find_first_not_of('0');
    all.erase(0, zeros == Bytes::npos ? all.size() : zeros);
    out += decimal_text(is_negative, all, power);
    return true;
  }

  BytesView rest_;
};

}  // namespace

std::optional<Bytes> try_canonical_json(BytesView json) {
  Bytes out;
  if (!Canonicalizer(json).document(out)) return std::nullopt;
  return out;
}

Bytes canonical_json(BytesView json) {
  std::optional<Bytes> canonical = try_canonical_json(json);
  return canonical ? std::move(*canonical) : Bytes(json);
}

bool is_broken_answer(BytesView body) {
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  if (first == BytesView::npos) return true;
  const bool begins_as_json = std::string_view("{[\"").find(body[first]) != std::string_view::npos;
  return begins_as_json && !try_canonical_json(body).has_value();
}

}  // namespace ringback::wire
