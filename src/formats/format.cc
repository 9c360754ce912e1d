#include "src/formats/format.h"

#include <algorithm>

#include "src/base/error.h"
#include "src/base/suggest.h"
#include "src/base/utf8.h"

namespace ringback::formats {
namespace {

template <class Format>
std::vector<std::string_view> names_of(std::span<const Format> formats) {
  std::vector<std::string_view> names;
  for (const Format& format : formats) names.push_back(format.name);
  return names;
}

// UTF-8, but that the head may end within a character.
bool is_mostly_text(BytesView head) {
  for (std::size_t cut = 0; cut < 4 && cut < head.size(); ++cut) {
    if (is_utf8(head.substr(0, head.size() - cut))) return true;
  }
  return false;
}

std::string listed(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

// A few words about a file that nobody knows.
std::string kind_of(BytesView head) {
  if (head.empty()) return "an empty file";
  if (head.find('\0') != BytesView::npos || !is_mostly_text(head)) return "octets that are no text";
  const std::size_t begin = std::min(head.find_first_not_of(" \t\r\n"), head.size() - 1);
  const BytesView line = head.substr(begin, head.find_first_of("\r\n", begin) - begin);
  constexpr std::size_t kShownBytesMax = 40;
  std::string shown;
  for (const char c : line.substr(0, kShownBytesMax)) {
    const auto octet = static_cast<unsigned char>(c);
    shown += octet < 0x20 || octet >= 0x7f ? '?' : c;
  }
  return fmt::format("a text that begins with \"{}\"{}", shown, line.size() > kShownBytesMax ? "..." : "");
}

template <class Format>
const Format& format_named(std::span<const Format> formats, std::string_view name, std::string_view purpose) {
  for (const Format& format : formats) {
    if (format.name == name) return format;
  }
  const std::vector<std::string_view> known = names_of(formats);
  const std::string nearest = nearest_word(name, known);
  fail("no format '{}' to {}{}; known: {}", name.substr(0, 80), purpose,
       nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest), listed(known));
}

}  // namespace

const Importer& detect_importer(std::span<const Importer> importers, const ImportInput& input) {
  const BytesView head = BytesView(input.data).substr(0, kDetectHeadBytes);
  std::vector<const Importer*> claims;
  for (const Importer& importer : importers) {
    if (importer.detect(head, input.name)) claims.push_back(&importer);
  }
  if (claims.empty()) {
    fail("{}: byte 0: expected one of the known formats ({}), found {}; name one to see why it does not fit",
         input.name, listed(names_of(importers)), kind_of(head));
  }
  if (claims.size() > 1) {
    fail("{}: byte 0: expected one format, found what could be {} or {}; name the one it is", input.name,
         claims[0]->name, claims[1]->name);
  }
  return *claims.front();
}

const Importer& importer_named(std::span<const Importer> importers, std::string_view name) {
  return format_named(importers, name, "import");
}

const Exporter& exporter_named(std::span<const Exporter> exporters, std::string_view name) {
  return format_named(exporters, name, "export");
}

}  // namespace ringback::formats
