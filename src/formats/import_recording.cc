#include "src/formats/import_recording.h"

#include <optional>

#include "src/base/error.h"
#include "src/formats/redact_trace.h"

namespace ringback::formats {
namespace {

void mark_truncated(Imported& imported, const std::string& name, const std::string& what) {
  imported.trace.metadata["input"] = "truncated: " + what;
  imported.cut_off = fmt::format("{}: cut off: {}", name, what);
}

// "a.jsonl: line 3: expected" without the name, which stands before it anyway.
std::string without_name(std::string_view message, const std::string& name) {
  const std::string prefix = name + ": ";
  if (message.starts_with(prefix)) message.remove_prefix(prefix.size());
  return std::string(message);
}

// The longest beginning that the importer takes.
std::optional<Imported> read_beginning(const Importer& importer, const ImportInput& input, const std::string& refusal) {
  if (importer.cuts == nullptr) return std::nullopt;
  for (const Cut& cut : importer.cuts(input.data)) {
    const ImportInput shorter{.name = input.name, .data = cut.apply(input.data)};
    try {
      Imported imported{.trace = importer.read({&shorter, 1}), .cut_off = {}};
      mark_truncated(imported, input.name,
                     fmt::format("{} and what follows is left out ({})", cut.from, without_name(refusal, input.name)));
      return imported;
    } catch (const Error&) {
      // Further back.
    }
  }
  return std::nullopt;
}

Imported read_whole_or_beginning(const Importer& importer, std::span<const ImportInput> inputs) {
  try {
    Imported imported{.trace = importer.read(inputs), .cut_off = {}};
    const std::string missing = importer.missing_end == nullptr ? "" : importer.missing_end(inputs.front().data);
    if (!missing.empty()) mark_truncated(imported, inputs.front().name, missing);
    return imported;
  } catch (const Error& refusal) {
    if (inputs.size() != 1) throw;
    std::optional<Imported> imported = read_beginning(importer, inputs.front(), refusal.what());
    if (!imported.has_value()) throw;
    return std::move(*imported);
  }
}

}  // namespace

Imported import_recording(const Importer& importer, std::span<const ImportInput> inputs) {
  Imported imported = read_whole_or_beginning(importer, inputs);
  if (!importer.is_trace) redact_trace(imported.trace);
  return imported;
}

}  // namespace ringback::formats
