#include "sim/faults/values.h"

#include <array>
#include <charconv>
#include <optional>

#include "src/base/error.h"

namespace ringback::sim {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The whole text as a decimal integer without a sign; nothing where it is none or leaves 64 bits.
std::optional<std::uint64_t> unsigned_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string bounds_text(const Bounds& bounds) {
  if (bounds.most == INT64_MAX) return fmt::format("{} (at least {})", bounds.what, bounds.least);
  return fmt::format("{} ({} to {})", bounds.what, bounds.least, bounds.most);
}

std::optional<Ratio> ratio_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto numerator = unsigned_of(text.substr(0, slash));
  const auto denominator =
      slash == std::string_view::npos ? std::optional<std::uint64_t>(1) : unsigned_of(text.substr(slash + 1));
  if (!numerator || !denominator || *denominator == 0) return std::nullopt;
  return Ratio{*numerator, *denominator};
}

struct SizeUnit {
  std::string_view name;
  std::int64_t octets;
};
constexpr std::array<SizeUnit, 5> kSizeUnits{
    {{"B", 1}, {"kB", 1'000}, {"MB", 1'000'000}, {"KiB", 1 << 10}, {"MiB", 1 << 20}}};

std::optional<std::int64_t> size_of(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  const auto number = unsigned_of(text.substr(0, digits));
  if (!number || *number > INT64_MAX) return std::nullopt;
  for (const SizeUnit& unit : kSizeUnits) {
    std::int64_t octets = 0;
    if (text.substr(digits) != unit.name) continue;
    if (__builtin_mul_overflow(static_cast<std::int64_t>(*number), unit.octets, &octets)) return std::nullopt;
    return octets;
  }
  return std::nullopt;
}

Duration checked_duration(std::string_view text, const YamlTree& tree) {
  const Duration duration = parse_duration(text, place_of(tree.mark));
  if (duration > kScheduleTimeMax)
    tree.refuse(fmt::format("a time of at most {}h", kScheduleTimeMax.ns() / seconds(3600).ns()));
  return duration;
}

void append_json_string(std::string_view text, Bytes& out) {
  out += '"';
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += '\\';
    if (octet < 0x20) {
      out += fmt::format("\\u{:04x}", octet);
    } else {
      out += c;
    }
  }
  out += '"';
}

// RFC 8259, section 6: -? int frac? exp?
bool is_json_number(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t from = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i - from;
  };
  if (i < text.size() && text[i] == '-') ++i;
  const std::size_t whole_from = i;
  const std::size_t whole = digits();
  if (whole == 0 || (whole > 1 && text[whole_from] == '0')) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (digits() == 0) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

void append_json(const YamlTree& tree, Bytes& out) {
  switch (tree.form) {
    case YamlTree::Form::null:
      out += "null";
      return;
    case YamlTree::Form::quoted:
      append_json_string(tree.text, out);
      return;
    case YamlTree::Form::plain:
      if (tree.text == "true" || tree.text == "false" || is_json_number(tree.text)) {
        out += tree.text;
      } else {
        append_json_string(tree.text, out);
      }
      return;
    case YamlTree::Form::sequence: {
      out += '[';
      const char* separator = "";
      for (const YamlTree& item : tree.items) {
        out += separator;
        append_json(item, out);
        separator = ",";
      }
      out += ']';
      return;
    }
    case YamlTree::Form::map: {
      out += '{';
      const char* separator = "";
      for (const YamlEntry& entry : tree.entries) {
        out += separator;
        append_json_string(entry.key, out);
        out += ": ";  // with the space it is YAML too
        append_json(entry.value, out);
        separator = ",";
      }
      out += '}';
      return;
    }
  }
}

}  // namespace

const std::string& read_text(const YamlTree& tree, std::string_view what) {
  if (!tree.is_scalar()) tree.refuse(fmt::format("{}, in quotes where it is empty or null", what));
  return tree.text;
}

bool read_boolean(const YamlTree& tree, std::string_view what) {
  if (tree.form == YamlTree::Form::plain && tree.text == "true") return true;
  if (tree.form == YamlTree::Form::plain && tree.text == "false") return false;
  tree.refuse(fmt::format("{}, true or false", what));
}

std::int64_t read_integer(const YamlTree& tree, const Bounds& bounds) {
  if (tree.is_scalar()) {
    std::string_view text = tree.text;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_whole = error == std::errc() && end == text.data() + text.size() && !text.empty();
    if (is_whole && value >= bounds.least && value <= bounds.most) return value;
  }
  tree.refuse(bounds_text(bounds));
}

IntegerRange read_range(const YamlTree& tree, std::string_view what, std::uint64_t least) {
  const auto refuse = [&] {
    tree.refuse(fmt::format("{} such as {}, {}..5 or 2.., counted from {}", what, least + 2, least, least));
  };
  if (!tree.is_scalar()) refuse();
  const std::string_view text = tree.text;
  const std::size_t dots = text.find("..");
  const auto first = unsigned_of(text.substr(0, dots));
  std::optional<std::uint64_t> last = first;
  if (dots != std::string_view::npos) {
    const std::string_view end = text.substr(dots + 2);
    last = end.empty() ? std::optional<std::uint64_t>(IntegerRange::kOpenEnd) : unsigned_of(end);
  }
  if (!first || !last || *first < least || *last < *first) refuse();
  return {*first, *last};
}

Ratio read_probability(const YamlTree& tree) {
  if (tree.is_scalar()) {
    const auto ratio = ratio_of(tree.text);
    if (ratio && ratio->numerator <= ratio->denominator) return *ratio;
  }
  tree.refuse("a ratio from 0 to 1 such as 1/5");
}

Ratio read_factor(const YamlTree& tree) {
  if (tree.is_scalar()) {
    const auto ratio = ratio_of(tree.text);
    if (ratio && ratio->numerator > 0) return *ratio;
  }
  tree.refuse("a factor above 0 such as 4 or 3/2");
}

std::int64_t read_size(const YamlTree& tree, const Bounds& bounds) {
  if (tree.is_scalar()) {
    const auto size = size_of(tree.text);
    if (size && *size >= bounds.least && *size <= bounds.most) return *size;
  }
  tree.refuse(bounds_text(bounds) + " with its unit, such as 8MB");
}

std::int64_t read_rate(const YamlTree& tree, const Bounds& bounds) {
  const std::string_view text = tree.text;
  if (tree.is_scalar() && text.ends_with("/s")) {
    const auto size = size_of(text.substr(0, text.size() - 2));
    if (size && *size >= bounds.least && *size <= bounds.most) return *size;
  }
  tree.refuse(bounds_text(bounds) + " such as 2kB/s");
}

Duration read_time(const YamlTree& tree, std::string_view what) {
  if (!tree.is_scalar()) tree.refuse(fmt::format("{} such as 12.48s, 250ms or 40us", what));
  return checked_duration(tree.text, tree);
}

Duration read_duration(const YamlTree& tree, std::string_view what) {
  const Duration duration = read_time(tree, what);
  if (duration == Duration()) tree.refuse(fmt::format("{} above 0", what));
  return duration;
}

Duration read_signed_duration(const YamlTree& tree, std::string_view what) {
  if (!tree.is_scalar()) tree.refuse(fmt::format("{} such as -1h or 250ms", what));
  std::string_view text = tree.text;
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  const Duration size = checked_duration(text, tree);
  if (size == Duration()) tree.refuse(fmt::format("{} that is not 0", what));
  return is_negative ? Duration() - size : size;
}

Bytes read_json_object(const YamlTree& tree, std::string_view what) {
  if (tree.form != YamlTree::Form::map) tree.refuse(what);
  Bytes json;
  append_json(tree, json);
  return json;
}

}  // namespace ringback::sim
