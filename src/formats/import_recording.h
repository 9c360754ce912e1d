// Imports a recording as every caller should: whatever the format, a file that was cut off is read as far as it goes,
// which the trace then says, and no secret gets through.
//
//   const Imported imported = import_recording(importer, inputs);
//   if (!imported.cut_off.empty()) warn(imported.cut_off);
#pragma once

#include <span>
#include <string>

#include "src/formats/format.h"

namespace ringback::formats {

struct Imported {
  trace::Trace trace;
  // Where the input was cut off, and what is left out: "a.jsonl: cut off: line 41 and what follows is left out (...)".
  // Empty where it is whole. The trace's metadata "input" then begins with "truncated".
  std::string cut_off;
};

// Throws Error as the importer does, where the inputs are no such recording, cut off or not.
Imported import_recording(const Importer& importer, std::span<const ImportInput> inputs);

}  // namespace ringback::formats
