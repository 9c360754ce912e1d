// What a foreign format offers: an importer makes a trace of foreign files, an exporter writes a trace as a foreign
// file.
//
// The tables are plain vectors that the program builds; no format registers itself. An importer is pure: it sees the
// bytes of its inputs and nothing else. What it needs beyond them (a speech synthesizer) is handed to it when the table
// is built.
//
//   const Importer& importer = detect_importer(importers, inputs.front());
//   const Imported imported = import_recording(importer, inputs);   // import_recording.h
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/bytes.h"
#include "src/base/io.h"
#include "src/formats/cut_off.h"
#include "src/trace/trace.h"

namespace ringback::formats {

// How much of a file's beginning `Importer::detect` is shown.
inline constexpr std::size_t kDetectHeadBytes = 64u << 10;

// One foreign file. `name` is its path as the user wrote it: for messages, and for the extension.
struct ImportInput {
  std::string name;
  Bytes data;
};

struct Importer {
  std::string name;         // as written on the command line: "jsonl"
  std::string description;  // a few words for --help
  // Whether a file with this beginning (at most kDetectHeadBytes) and this name is of the format. Certain or false: two
  // importers that both claim a file are an error for the user.
  std::function<bool(BytesView head, std::string_view filename)> detect;
  // Throws Error naming the input, the place, what was expected and what was found. Call import_recording instead,
  // which also takes what was cut off and lets no secret through.
  std::function<trace::Trace(std::span<const ImportInput> inputs)> read;
  // Where a file of the format that was cut off can be cut back to; null: it cannot be read at all then.
  std::function<std::vector<Cut>(BytesView data)> cuts = nullptr;
  // Why a file that `read` takes may lack its end all the same; empty where nothing says so.
  std::function<std::string(BytesView data)> missing_end = nullptr;
  // What it reads is a trace of ours in another spelling: it is taken as it is.
  bool is_trace = false;
};

struct Exporter {
  std::string name;
  std::string description;
  std::function<void(const trace::Trace& trace, ByteSink& sink)> write;
};

// The one importer that claims `input`. Throws Error where none or several do.
const Importer& detect_importer(std::span<const Importer> importers, const ImportInput& input);

// By name; throws Error with the nearest known name.
const Importer& importer_named(std::span<const Importer> importers, std::string_view name);
const Exporter& exporter_named(std::span<const Exporter> exporters, std::string_view name);

}  // namespace ringback::formats
