// Keeps secrets of foreign recordings out of traces, and remembers what it took out, so that the trace can say so.
//
// Taken out are: headers that carry credentials or cookies; user names and passwords in URLs; query and form fields
// that are keys, tokens or signatures; members of JSON, at any depth and inside strings that hold JSON, whose names say
// that they are secret; and texts of the well-known shapes of keys and signed tokens. A header goes as a
// whole, anything else becomes the word "removed". Everything else stays octet for octet.
//
//   Redactor redactor;
//   if (redactor.keeps_header("Authorization", "request")) ...   // false
//   const Bytes body = redactor.text(raw_body);
//   trace.metadata["redaction"] = redactor.summary();
#pragma once

#include <set>
#include <string>

#include "src/base/bytes.h"

namespace ringback::formats {

class Redactor final {
 public:
  // False for a header that must not enter a trace. `side` is "request" or "response", for the summary.
  bool keeps_header(std::string_view name, std::string_view side);
  Bytes url(std::string_view url);
  // application/x-www-form-urlencoded, or the query of a URL.
  Bytes form(std::string_view fields);
  // JSON, server-sent events, or any other text.
  Bytes text(BytesView text);

  // Adds what another redactor took out: its summary.
  void remember(std::string_view summary);
  // What was taken out, each once and sorted: "json field api_key, request header authorization"; empty for nothing.
  std::string summary() const;

 private:
  Bytes json_fields(BytesView text, int depth);
  Bytes urls_within(BytesView text);
  Bytes known_shapes(BytesView text);

  std::set<std::string> removed_;
};

}  // namespace ringback::formats
