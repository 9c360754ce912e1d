#include "src/formats/har.h"

#include <algorithm>

#include "src/base/base64.h"
#include "src/base/error.h"
#include "src/formats/har_socket.h"
#include "src/formats/http_cassette.h"
#include "src/formats/merge_parts.h"
#include "src/formats/wall_time.h"

namespace ringback::formats {
namespace {

constexpr Duration kTimingMax = seconds(24 * 3600);

std::vector<HttpHeader> read_headers(const Node* list) {
  std::vector<HttpHeader> headers;
  if (list == nullptr) return headers;
  for (const Node& header : list->list()) {
    const Node* value = header.find("value");
    headers.push_back({.name = header.text_at("name"), .value = value == nullptr ? Bytes() : value->scalar()});
  }
  return headers;
}

Bytes request_body(const Node& request) {
  const Node* data = request.find("postData");
  if (data == nullptr) return {};
  if (const Node* tree = data->find("textJSON")) return tree->json();
  if (const Node* text = data->find("text"); text != nullptr && !text->scalar().empty()) return text->scalar();
  Bytes form;
  if (const Node* params = data->find("params")) {
    for (const Node& param : params->list()) {
      if (!form.empty()) form += '&';
      form += param.text_at("name") + '=' + param.text_or("value");
    }
  }
  return form;
}

Bytes decode(const Node& node, BytesView text) {
  std::string packed;
  for (const char c : text) {
    if (c != '\n' && c != '\r' && c != ' ') packed += c;
  }
  std::optional<Bytes> octets = base64_decode(packed);
  if (!octets.has_value()) fail("{}: expected base64, found something else", node.place());
  return std::move(*octets);
}

Bytes response_body(const Node& content) {
  const Node* text = content.find("text");
  if (text == nullptr) return {};
  const Bytes body = text->scalar();
  if (content.text_or("encoding") != "base64") return body;
  if (!body.starts_with('[')) return decode(*text, body);
  const Document pieces = parse_json_document(text->place() + ": pieces of the body", body);
  Bytes joined;
  for (const Node& piece : pieces.root().list()) joined += decode(*text, piece.text());
  return joined;
}

// A member in milliseconds; nothing where it is missing or -1, which means "does not apply".
std::optional<Duration> timing(const Node& node, std::string_view key) {
  const Node* value = node.find(key);
  if (value == nullptr) return std::nullopt;
  const Duration length = value->duration(milliseconds(1));
  if (length < Duration()) return std::nullopt;
  if (length > kTimingMax) fail("{}: expected \"{}\" of at most a day, found {} ms", node.place(), key, length.ms());
  return length;
}

struct Timings {
  Duration first;
  std::optional<Duration> streaming;
};

// `ssl` is part of `connect`.
Timings read_timings(const Node& entry) {
  Timings timings;
  const Node* parts = entry.find("timings");
  if (parts == nullptr) {
    timings.first = timing(entry, "time").value_or(Duration());
    return timings;
  }
  for (const char* part : {"blocked", "dns", "connect", "send", "wait"}) {
    timings.first += timing(*parts, part).value_or(Duration());
  }
  timings.streaming = timing(*parts, "receive").value_or(Duration());
  return timings;
}

std::int64_t started_ns(const Node& entry) {
  const Node& started = entry.at("startedDateTime");
  const std::optional<std::int64_t> ns = parse_iso_time(started.text());
  if (!ns.has_value()) {
    fail("{}: expected a time such as 2025-03-14T16:10:14.703Z, found {}", started.place(),
         started.text().substr(0, 40));
  }
  return *ns;
}

HttpExchange read_entry(const Node& entry, std::int64_t start_ns) {
  const Node& request = entry.at("request");
  const Node& response = entry.at("response");
  const std::int64_t status = response.integer_at("status", 0, 999);
  const Timings timings = read_timings(entry);
  const Node* content = response.find("content");
  return {.place = entry.place(),
          .method = request.text_at("method"),
          .url = request.text_at("url"),
          .request_headers = read_headers(request.find("headers")),
          .request_body = request_body(request),
          .status = status < 100 ? 0 : status,
          .response_headers = read_headers(response.find("headers")),
          .response_body = content == nullptr ? Bytes() : response_body(*content),
          .failure = response.text_or("_error", response.text_or("statusText")),
          .at = VirtualTime::from_ns(started_ns(entry) - start_ns),
          .first = timings.first,
          .streaming = timings.streaming};
}

// What was asked and answered, and the connections beside it.
trace::Trace whole_of(HttpTrace http, std::vector<trace::Trace> sockets, std::string_view name, std::int64_t start_ns) {
  if (sockets.empty()) return std::move(http).finish(name, start_ns);
  const std::string removed = http.redactor().summary();
  std::vector<trace::Trace> parts;
  if (!http.is_empty()) parts.push_back(std::move(http).finish(name, start_ns));
  for (trace::Trace& socket : sockets) parts.push_back(std::move(socket));
  trace::Trace whole = merge_parts(std::move(parts), start_ns);
  if (!removed.empty()) whole.metadata["redaction"] = removed;
  return whole;
}

bool is_har(BytesView head, std::string_view filename) {
  const bool is_named_so = filename.ends_with(".har") || filename.ends_with(".har.yaml");
  const bool has_log = head.find("\"log\"") != BytesView::npos || has_line(head, "log:");
  const bool has_entries = head.find("entries") != BytesView::npos || head.find("creator") != BytesView::npos;
  return is_named_so || (has_log && has_entries && head.find("startedDateTime") != BytesView::npos);
}

}  // namespace

trace::Trace import_har(std::string_view name, BytesView data) {
  const std::size_t first = data.find_first_not_of("\xEF\xBB\xBF \t\r\n");
  const bool is_json = first != BytesView::npos && data[first] == '{';
  const Document document = is_json ? parse_json_document(name, data) : parse_yaml_document(name, data);
  const std::vector<Node>& entries = document.root().at("log").at("entries").list();
  if (entries.empty())
    fail("{}: expected at least one entry, found none", document.root().at("log").at("entries").place());
  std::int64_t start_ns = INT64_MAX;
  for (const Node& entry : entries) start_ns = std::min(start_ns, started_ns(entry));
  HttpTrace http("har", "");
  std::vector<trace::Trace> sockets;
  for (const Node& entry : entries) {
    if (socket_messages(entry) == nullptr) {
      http.add(read_entry(entry, start_ns));
    } else {
      const VirtualTime opened = VirtualTime::from_ns(started_ns(entry) - start_ns);
      sockets.push_back(read_socket(entry, start_ns, opened, http.redactor()));
    }
  }
  return whole_of(std::move(http), std::move(sockets), name, start_ns);
}

Importer har_importer() {
  return with_cuts(single_file_importer("har", "an HTTP archive (HAR 1.2), as JSON or as YAML", is_har, import_har),
                   cut_json_or_yaml, yaml_without_end);
}

}  // namespace ringback::formats
