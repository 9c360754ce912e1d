// What the cassette formats of HTTP test suites have in common: maps of headers, and bodies that are text, binary or a
// tree.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/formats/document.h"
#include "src/formats/format.h"
#include "src/formats/http_exchange.h"

namespace ringback::formats {

// {Name: [value, ...]} or {Name: value}; none for a null.
std::vector<HttpHeader> headers_of(const Node* node);

// An importer for one file. `read` gets its name and its bytes.
Importer single_file_importer(std::string name, std::string description,
                              std::function<bool(BytesView head, std::string_view filename)> detect,
                              std::function<trace::Trace(std::string_view name, BytesView data)> read);

// `importer`, which can read files that were cut off (format.h).
Importer with_cuts(Importer importer, std::function<std::vector<Cut>(BytesView data)> cuts,
                   std::function<std::string(BytesView data)> missing_end = nullptr);

// Whether `head` has a line that begins with `text`.
bool has_line(BytesView head, std::string_view text);

}  // namespace ringback::formats
