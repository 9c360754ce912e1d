// Recordings that other projects made: every file imports, or is refused with a message that names it and says why.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <catch2/catch.hpp>

#include "src/base/error.h"
#include "src/formats/import_recording.h"
#include "src/formats/jsonl.h"
#include "src/trace/content_root.h"
#include "tests/support/skip.h"
#include "tools/ringback/formats.h"

namespace ringback::formats {
namespace {

namespace fs = std::filesystem;

Bytes read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream octets;
  octets << file.rdbuf();
  return octets.str();
}

std::string digest_of(const trace::Trace& trace) {
  trace::ContentRoot root;
  for (const trace::Event& event : trace.events) root.add(event);
  return to_hex(root.finish());
}

std::vector<fs::path> recordings_in(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && name != "PROVENANCE.md" && name != "README.md" && name != "MANIFEST.tsv") {
      paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// "FORMAT EVENTS DIGEST", or "refused: WHY".
std::string import_one(const std::vector<Importer>& importers, const std::string& name, const Bytes& data,
                       bool& is_imported) {
  is_imported = false;
  try {
    const ImportInput input{.name = name, .data = data};
    const Importer& importer = detect_importer(importers, input);
    const Imported imported = import_recording(importer, {&input, 1});
    const trace::Trace& trace = imported.trace;
    const std::string digest = digest_of(trace);
    CHECK(digest == digest_of(import_recording(importer, {&input, 1}).trace));
    MemorySink lines;
    write_jsonl(trace, lines);
    CHECK(digest == digest_of(read_jsonl(name, lines.data())));
    is_imported = true;
    return fmt::format("{} {} {}{}{}", importer.name, trace.events.size(), digest.substr(0, 16),
                       imported.cut_off.empty() ? "" : "; ", imported.cut_off);
  } catch (const Error& error) {
    const std::string why = error.what();
    CHECK(why.starts_with(name + ": "));
    CHECK((why.starts_with(name + ": line ") || why.starts_with(name + ": byte ")));
    return fmt::format("refused: {}", error.what());
  }
}

}  // namespace

TEST_CASE("every recording of others imports the same twice and through JSON lines, or says why not") {
  const fs::path folder = fs::path(RINGBACK_PROJECT_ROOT) / ".." / "shared" / "data";
  if (!fs::exists(folder)) return skip("../shared/data is not there");
  const std::vector<Importer> importers = cli::all_importers();
  std::size_t imported = 0;
  const std::vector<fs::path> paths = recordings_in(folder);
  for (const fs::path& path : paths) {
    const std::string name = fs::relative(path, folder).string();
    INFO(name);
    bool is_imported = false;
    const std::string row = import_one(importers, name, read_file(path), is_imported);
    std::cout << "# " << name << ": " << row << "\n";
    imported += is_imported ? 1 : 0;
  }
  std::cout << "# " << imported << " of " << paths.size() << " imported\n";
  CHECK(imported > 0);
}

}  // namespace ringback::formats
