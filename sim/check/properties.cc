#include "sim/check/properties.h"

#include "src/base/error.h"

namespace ringback::sim {
namespace {

// A double-quoted YAML scalar, which is safe whatever the text is: a line feed would read back as a space.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.append("\\").append(1, c);
    } else if (octet < 0x20 || octet == 0x7f) {
      out += fmt::format("\\x{:02x}", octet);
    } else {
      out += c;
    }
  }
  return out + '"';
}

// Writes limits as one flow map; what has its default and may be left out is left out.
class Writer {
 public:
  void time(std::string_view key, Duration value, Least) { add(key, ringback::to_text(value)); }
  void optional_time(std::string_view key, const std::optional<Duration>& value) {
    if (value) add(key, ringback::to_text(*value));
  }
  void count(std::string_view key, std::uint64_t value) { add(key, fmt::format("{}", value)); }
  void count_or(std::string_view key, std::uint64_t value, std::uint64_t) { count(key, value); }
  void tool(std::string_view key, const std::string& value) { add(key, quoted(value)); }
  void path(std::string_view key, const std::string& value) { add(key, quoted(value)); }
  void words(std::string_view key, const std::vector<std::string>& values) {
    if (values.empty()) return;
    std::string list;
    for (const std::string& word : values) list += fmt::format("{}{}", list.empty() ? "" : ", ", quoted(word));
    add(key, fmt::format("[{}]", list));
  }
  template <class Choice>
  void choice(std::string_view key, Choice value, const std::vector<std::string_view>& names) {
    if (value != Choice{}) add(key, std::string(names.at(static_cast<std::size_t>(value))));
  }
  std::string finish() const { return "{" + text_ + "}"; }

 private:
  void add(std::string_view key, const std::string& value) {
    text_ += fmt::format("{}{}: {}", text_.empty() ? "" : ", ", key, value);
  }
  std::string text_;
};

// Finds the selector of tools.
struct ToolFinder {
  const std::string* found = nullptr;

  void time(std::string_view, Duration, Least) {}
  void optional_time(std::string_view, const std::optional<Duration>&) {}
  void count(std::string_view, std::uint64_t) {}
  void count_or(std::string_view, std::uint64_t, std::uint64_t) {}
  void tool(std::string_view, const std::string& value) { found = &value; }
  void path(std::string_view, const std::string&) {}
  void words(std::string_view, const std::vector<std::string>&) {}
  template <class Choice>
  void choice(std::string_view, Choice, const std::vector<std::string_view>&) {}
};

}  // namespace

std::string_view name_of(const Property& property) {
  return std::visit([](const auto& p) { return p.kName; }, property);
}

std::string to_text(const Property& property) {
  return std::visit(
      [](const auto& p) {
        Writer writer;
        p.describe(p, writer);
        return writer.finish();
      },
      property);
}

Needs needs_of(const Property& property) {
  return std::visit([](const auto& p) { return p.kNeeds; }, property);
}

const std::string* tool_selector_of(const Property& property) {
  return std::visit(
      [](const auto& p) {
        ToolFinder finder;
        p.describe(p, finder);
        return finder.found;
      },
      property);
}

}  // namespace ringback::sim
