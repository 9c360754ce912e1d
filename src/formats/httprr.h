// Logs of Go's httprr (version 1): raw requests and responses, byte for byte, without times.
//
//   httprr trace v1
//   1374 1685                      lengths of the request and of the response that follow
//   POST https://... HTTP/1.1 ...
#pragma once

#include "src/formats/format.h"

namespace ringback::formats {

// Throws Error ("NAME: byte N: expected ..., found ...").
trace::Trace import_httprr(std::string_view name, BytesView data);
Importer httprr_importer();

}  // namespace ringback::formats
