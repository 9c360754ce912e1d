#include "src/formats/document.h"

#include "src/base/error.h"
#include "src/wire/json_text.h"

namespace ringback::formats {
namespace {

// What a node is, for messages: never more than a few words.
std::string shown(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::null:
      return "null";
    case Node::Kind::boolean:
    case Node::Kind::number:
      return node.scalar().substr(0, 40);
    case Node::Kind::string: {
      Bytes text;
      wire::append_json_string(BytesView(node.text()).substr(0, 40), text);
      return node.text().size() > 40 ? text + "..." : text;
    }
    case Node::Kind::list:
      return fmt::format("a list of {}", node.list().size());
    case Node::Kind::map:
      return "an object";
  }
  return "something else";
}

}  // namespace

std::string Node::place() const { return fmt::format("{}: line {}", name_ == nullptr ? "" : *name_, line_); }

void Node::refuse(std::string_view expected) const {
  fail("{}: expected {}, found {}", place(), expected, shown(*this));
}

const Node* Node::find(std::string_view key) const {
  for (const Member& member : members_) {
    if (member.first == key) return member.second.is_null() ? nullptr : &member.second;
  }
  return nullptr;
}

const Node& Node::at(std::string_view key) const {
  const Node* node = find(key);
  if (node == nullptr) {
    if (!is_map()) refuse(fmt::format("an object with \"{}\"", key));
    fail("{}: expected \"{}\" in the object, found none", place(), key);
  }
  return *node;
}

const std::vector<Node>& Node::list() const {
  if (!is_list()) refuse("a list");
  return items_;
}

const std::vector<Node::Member>& Node::members() const {
  if (!is_map()) refuse("an object");
  return members_;
}

const Bytes& Node::text() const {
  if (!is_text()) refuse("a text");
  return text_;
}

Bytes Node::scalar() const {
  if (is_list() || is_map()) refuse("a text or a number");
  return text_;
}

Bytes Node::text_or(std::string_view key, BytesView otherwise) const {
  const Node* node = find(key);
  return node == nullptr || !node->is_text() ? Bytes(otherwise) : node->text_;
}

std::int64_t Node::integer(std::int64_t min, std::int64_t max) const {
  // A number of nanoseconds without a fraction is an integer.
  const std::optional<Duration> value = is_number() ? parse_decimal(text_, nanoseconds(1)) : std::nullopt;
  const bool is_whole = value.has_value() && text_.find_first_of(".eE") == Bytes::npos;
  if (!is_whole || value->ns() < min || value->ns() > max) refuse(fmt::format("a whole number {} to {}", min, max));
  return value->ns();
}

Duration Node::duration(Duration unit) const {
  const std::optional<Duration> value = is_number() ? parse_decimal(text_, unit) : std::nullopt;
  if (!value.has_value()) refuse("a number that is a time");
  return *value;
}

void Node::append_json(Bytes& out) const {
  const char* separator = "";
  switch (kind_) {
    case Kind::null:
      out += "null";
      return;
    case Kind::boolean:
    case Kind::number:
      out += text_;
      return;
    case Kind::string:
      wire::append_json_string(text_, out);
      return;
    case Kind::list:
      out += '[';
      for (const Node& item : items_) {
        out += separator;
        separator = ",";
        item.append_json(out);
      }
      out += ']';
      return;
    case Kind::map:
      out += '{';
      for (const Member& member : members_) {
        out += separator;
        separator = ",";
        wire::append_json_string(member.first, out);
        out += ':';
        member.second.append_json(out);
      }
      out += '}';
      return;
  }
}

Bytes Node::json() const {
  Bytes out;
  append_json(out);
  return out;
}

std::optional<Duration> parse_decimal(std::string_view digits, Duration unit) {
  __extension__ typedef __int128 Wide;
  const bool is_negative = digits.starts_with('-');
  if (is_negative) digits.remove_prefix(1);
  // The number is `mantissa` * 10^exponent; digits beyond the 30th cannot reach a nanosecond.
  Wide mantissa = 0;
  int exponent = 0;
  int counted = 0;
  bool has_digit = false;
  bool has_point = false;
  std::size_t i = 0;
  for (; i < digits.size(); ++i) {
    const char c = digits[i];
    if (c == '.' && !has_point) {
      has_point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    has_digit = true;
    const bool is_kept = counted < 28;
    if (is_kept) {
      mantissa = mantissa * 10 + (c - '0');
      if (mantissa != 0) ++counted;
    }
    if (has_point == is_kept) exponent += has_point ? -1 : 1;
  }
  if (!has_digit) return std::nullopt;
  if (i < digits.size()) {
    if (digits[i] != 'e' && digits[i] != 'E') return std::nullopt;
    ++i;
    const bool is_small = i < digits.size() && digits[i] == '-';
    if (i < digits.size() && (digits[i] == '-' || digits[i] == '+')) ++i;
    int stated = 0;
    if (i == digits.size()) return std::nullopt;
    for (; i < digits.size(); ++i) {
      if (digits[i] < '0' || digits[i] > '9' || stated > 10'000) return std::nullopt;
      stated = stated * 10 + (digits[i] - '0');
    }
    exponent += is_small ? -stated : stated;
  }
  constexpr Wide kMost = (Wide{1} << 126) / 10;
  // Units are at most an hour: 3.6e12 ns.
  Wide scaled = mantissa;
  const Wide unit_ns = unit.ns();
  if (scaled > kMost / unit_ns) {
    for (; exponent < 0 && scaled > kMost / unit_ns; ++exponent) scaled /= 10;
    if (scaled > kMost / unit_ns) return std::nullopt;
  }
  scaled *= unit_ns;
  for (; exponent < 0 && scaled != 0; ++exponent) scaled /= 10;
  for (; exponent > 0 && scaled != 0; --exponent) {
    if (scaled > kMost) return std::nullopt;
    scaled *= 10;
  }
  if (scaled > INT64_MAX) return std::nullopt;
  const auto ns = static_cast<std::int64_t>(scaled);
  return nanoseconds(is_negative ? -ns : ns);
}

}  // namespace ringback::formats
