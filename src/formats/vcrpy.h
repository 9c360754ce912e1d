// Cassettes of vcrpy (version 1, YAML or JSON): lists of HTTP requests and responses, without times.
//
//   interactions:
//   - request: {method: POST, uri: https://..., body: '{...}', headers: {accept: [application/json]}}
//     response: {status: {code: 200}, headers: {...}, body: {string: '...'}}
//   version: 1
//
// A body may be `!!binary`, or, as some test suites write it, a tree under `parsed_body`.
#pragma once

#include "src/formats/format.h"

namespace ringback::formats {

// Throws Error ("NAME: line N: expected ..., found ...").
trace::Trace import_vcrpy(std::string_view name, BytesView data);
Importer vcrpy_importer();

}  // namespace ringback::formats
