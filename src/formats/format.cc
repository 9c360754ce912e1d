#include "src/formats/format.h"

#include "src/base/error.h"
#include "src/base/suggest.h"

namespace ringback::formats {
namespace {

template <class Format>
std::vector<std::string_view> names_of(std::span<const Format> formats) {
  std::vector<std::string_view> names;
  for (const Format& format : formats) names.push_back(format.name);
  return names;
}

std::string listed(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
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
    fail("{}: none of the known formats ({}); name one to see why it does not fit", input.name,
         listed(names_of(importers)));
  }
  if (claims.size() > 1) {
    fail("{}: could be {} or {}; name the one it is", input.name, claims[0]->name, claims[1]->name);
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
