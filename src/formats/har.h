// HTTP archives (HAR 1.2), as JSON and as the YAML that Polly.JS writes: HTTP exchanges with their times.
//
// Times are as seen, but those of the parts of a streamed body, of which the archive has only the whole (`times:
// exchanges` where there is one). Bodies may be text, base64, or Polly's list of base64 pieces; a request's body may be
// a tree (`textJSON`).
#pragma once

#include "src/formats/format.h"

namespace ringback::formats {

// Throws Error ("NAME: line N: expected ..., found ...").
trace::Trace import_har(std::string_view name, BytesView data);
Importer har_importer();

}  // namespace ringback::formats
