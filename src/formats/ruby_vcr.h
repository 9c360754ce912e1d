// Cassettes of Ruby's VCR (YAML): lists of HTTP requests and responses. Their `recorded_at` has whole seconds, which
// is too coarse for times.
//
//   http_interactions:
//   - request: {method: post, uri: https://..., body: {encoding: UTF-8, string: '{...}'}, headers: {...}}
//     response: {status: {code: 200}, headers: {...}, body: {encoding: ASCII-8BIT, string: !binary |-}}
//     recorded_at: Wed, 19 Aug 2026 14:41:33 GMT
#pragma once

#include "src/formats/format.h"

namespace ringback::formats {

// Throws Error ("NAME: line N: expected ..., found ...").
trace::Trace import_ruby_vcr(std::string_view name, BytesView data);
Importer ruby_vcr_importer();

}  // namespace ringback::formats
