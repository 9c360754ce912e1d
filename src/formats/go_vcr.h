// Cassettes of go-vcr (version 2, YAML): lists of HTTP requests and responses, each with the time that the answer took.
//
//   version: 2
//   interactions:
//   - id: 0
//     request: {method: POST, url: https://..., body: '{...}', headers: {Accept: [application/json]}}
//     response: {code: 200, headers: {...}, body: '...', duration: 1.370825s}
//
// The durations become the time from request to answer; all other distances follow the pacing rule (`times:
// latencies`).
#pragma once

#include "src/formats/format.h"

namespace ringback::formats {

// Throws Error ("NAME: line N: expected ..., found ...").
trace::Trace import_go_vcr(std::string_view name, BytesView data);
Importer go_vcr_importer();

}  // namespace ringback::formats
