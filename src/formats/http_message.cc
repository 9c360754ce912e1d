#include "src/formats/http_message.h"

#include <algorithm>

#include "src/base/error.h"

namespace ringback::formats {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

// Without the framing of RFC 9112, 7.1; a body that is not framed so is kept as it is, for some logs leave the header
// and take away the framing.
Bytes without_chunks(BytesView framed) {
  Bytes body;
  BytesView rest = framed;
  for (;;) {
    const std::size_t feed = rest.find('\n');
    if (feed == BytesView::npos) return Bytes(framed);
    const std::string_view line = trimmed(rest.substr(0, std::min(rest.find(';'), feed)));
    if (line.empty() || line.size() > 8) return Bytes(framed);
    std::size_t size = 0;
    for (const char c : line) {
      const char low = static_cast<char>(c | 0x20);
      const bool is_digit = c >= '0' && c <= '9';
      if (!is_digit && (low < 'a' || low > 'f')) return Bytes(framed);
      size = size * 16 + static_cast<std::size_t>(is_digit ? c - '0' : low - 'a' + 10);
    }
    rest.remove_prefix(feed + 1);
    if (size == 0) return body;
    if (size > rest.size()) return Bytes(framed);
    body.append(rest.substr(0, size));
    rest.remove_prefix(size);
    if (rest.starts_with("\r\n")) {
      rest.remove_prefix(2);
    } else if (rest.starts_with("\n")) {
      rest.remove_prefix(1);
    }
  }
}

}  // namespace

HttpMessage parse_http_message(std::string_view place, BytesView message) {
  HttpMessage parsed;
  bool is_chunked = false;
  bool has_start = false;
  for (;;) {
    const std::size_t feed = message.find('\n');
    if (feed == BytesView::npos) fail("{}: expected an HTTP head that ends with an empty line, found the end", place);
    const std::string_view line = trimmed(message.substr(0, feed));
    message.remove_prefix(feed + 1);
    if (!has_start) {
      parsed.start_line = line;
      has_start = true;
      continue;
    }
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) {
      fail("{}: expected a header \"name: value\", found {}", place, line.substr(0, 60));
    }
    if (parsed.headers.size() == kHttpHeadersMax)
      fail("{}: expected at most {} headers, found more", place, kHttpHeadersMax);
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    is_chunked =
        is_chunked || (equals_ignoring_case(name, "transfer-encoding") && equals_ignoring_case(value, "chunked"));
    parsed.headers.push_back({.name = std::string(name), .value = Bytes(value)});
  }
  parsed.body = is_chunked ? without_chunks(message) : Bytes(message);
  return parsed;
}

std::int64_t parse_status_line(std::string_view place, std::string_view line) {
  const std::size_t space = line.find(' ');
  const std::string_view digits = space == std::string_view::npos ? "" : line.substr(space + 1, 3);
  std::int64_t status = 0;
  for (const char c : digits) status = c >= '0' && c <= '9' ? status * 10 + (c - '0') : 1000;
  if (!line.starts_with("HTTP/") || status < 100 || status > 999) {
    fail("{}: expected a status line \"HTTP/1.1 200 OK\", found {}", place, line.substr(0, 60));
  }
  return status;
}

}  // namespace ringback::formats
