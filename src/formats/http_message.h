// Raw HTTP/1 messages as logs keep them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/base/bytes.h"
#include "src/formats/http_exchange.h"

namespace ringback::formats {

inline constexpr std::size_t kHttpHeadersMax = 1000;

struct HttpMessage {
  std::string start_line;  // "POST https://... HTTP/1.1" or "HTTP/2.0 200 OK"
  std::vector<HttpHeader> headers;
  Bytes body;  // without chunk framing
};

// All of `message` is one message: a head, an empty line, a body. Throws Error beginning with `place` where it is not.
HttpMessage parse_http_message(std::string_view place, BytesView message);
// Status of a start line such as "HTTP/1.1 200 OK".
std::int64_t parse_status_line(std::string_view place, std::string_view line);

}  // namespace ringback::formats
