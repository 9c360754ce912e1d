#include "src/formats/redact_trace.h"

#include <algorithm>

#include "src/base/error.h"
#include "src/base/utf8.h"
#include "src/formats/redact.h"

namespace ringback::formats {
namespace {

constexpr const char* kRedactionKey = "redaction";

// "name: value\n" lines.
Bytes clean_headers(BytesView lines, std::string_view side, Redactor& redactor) {
  Bytes kept;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size() - 1) + 1;
    const BytesView line = lines.substr(0, end);
    lines.remove_prefix(end);
    if (redactor.keeps_header(line.substr(0, line.find(':')), side)) kept += redactor.text(line);
  }
  return kept;
}

struct FieldCleaner {
  Redactor& redactor;
  std::string_view side;

  void operator()(std::uint8_t, const char*, std::int64_t&) const {}
  void operator()(std::uint8_t, std::string_view name, Bytes& value, trace::FieldForm form) const {
    if (form == trace::FieldForm::octets && !is_utf8(value)) return;
    if (name == "headers") {
      value = clean_headers(value, side, redactor);
    } else if (name == "url") {
      value = redactor.url(value);
    } else if (name == "operation" && value.find('?') != Bytes::npos) {
      value = redactor.url(value);  // "GET /path?query"
    } else {
      value = redactor.text(value);
    }
  }
};

void clean_event(trace::Event& event, Redactor& redactor) {
  if (event.kind == trace::EventKind::audio || event.kind == trace::EventKind::recording_facts) return;
  const bool is_known = trace::with_body_type(event.kind, [&]<class Body>() {
    Body body = trace::decode_body<Body>(event.body);
    Body::describe(body, FieldCleaner{redactor, event.kind == trace::EventKind::request ? "request" : "response"});
    event.body = trace::encode_body(body);
  });
  RINGBACK_CHECK(is_known, "an importer makes events of kinds that it knows, not {}", static_cast<int>(event.kind));
}

}  // namespace

void redact_trace(trace::Trace& trace) {
  Redactor redactor;
  trace::Trace clean(trace.events.scratch());
  clean.metadata = std::move(trace.metadata);
  for (auto& [key, value] : clean.metadata) {
    if (key == kRedactionKey) {
      redactor.remember(value);
    } else {
      value = redactor.text(value);
    }
  }
  for (trace::Event event : trace.events) {
    clean_event(event, redactor);
    clean.add(event);
  }
  const std::string removed = redactor.summary();
  if (!removed.empty()) clean.metadata[kRedactionKey] = removed;
  trace = std::move(clean);
}

}  // namespace ringback::formats
