#include "src/formats/httprr.h"

#include "src/base/error.h"
#include "src/formats/http_cassette.h"
#include "src/formats/http_message.h"

namespace ringback::formats {
namespace {

constexpr BytesView kHeader = "httprr trace v1\n";

// The lengths line at `rest`'s beginning: "1374 1685\n".
std::pair<std::size_t, std::size_t> take_lengths(const std::string& place, BytesView& rest) {
  constexpr std::size_t kDigitsMax = 12;
  std::size_t lengths[2] = {0, 0};
  std::size_t at = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::size_t begin = at;
    for (; at < rest.size() && rest[at] >= '0' && rest[at] <= '9' && at - begin < kDigitsMax; ++at) {
      lengths[i] = lengths[i] * 10 + static_cast<std::size_t>(rest[at] - '0');
    }
    const char end = i == 0 ? ' ' : '\n';
    if (at == begin || at == rest.size() || rest[at] != end) {
      fail("{}: expected a line with two lengths, found {}", place,
           rest.substr(0, std::min<std::size_t>(rest.find('\n'), 40)));
    }
    ++at;
  }
  rest.remove_prefix(at);
  return {lengths[0], lengths[1]};
}

HttpExchange read_exchange(const std::string& place, BytesView raw_request, BytesView raw_response) {
  HttpMessage request = parse_http_message(place + ": request", raw_request);
  HttpMessage response = parse_http_message(place + ": response", raw_response);
  const std::size_t method_end = request.start_line.find(' ');
  const std::size_t url_end = request.start_line.rfind(' ');
  if (method_end == std::string::npos || url_end <= method_end) {
    fail("{}: expected a request line \"POST URL HTTP/1.1\", found {}", place, request.start_line.substr(0, 60));
  }
  std::string url = request.start_line.substr(method_end + 1, url_end - method_end - 1);
  if (url.starts_with('/')) {
    for (const HttpHeader& header : request.headers) {
      if (header.name == "Host" || header.name == "host") url.insert(0, "https://" + header.value);
    }
  }
  return {.place = place,
          .method = request.start_line.substr(0, method_end),
          .url = std::move(url),
          .request_headers = std::move(request.headers),
          .request_body = std::move(request.body),
          .status = parse_status_line(place, response.start_line),
          .response_headers = std::move(response.headers),
          .response_body = std::move(response.body)};
}

// Where each exchange ends, as far as the lengths go.
std::vector<Cut> cut_exchanges(BytesView data) {
  if (!data.starts_with(kHeader)) return {};
  std::size_t whole = kHeader.size();
  try {
    for (BytesView rest = data.substr(whole); !rest.empty(); whole = data.size() - rest.size()) {
      const auto [request, response] = take_lengths("", rest);
      if (request > rest.size() || response > rest.size() - request) break;
      rest.remove_prefix(request + response);
    }
  } catch (const Error&) {
    // The line with the lengths is cut.
  }
  if (whole == data.size()) return {};
  return {{.length = whole, .closing = {}, .from = fmt::format("byte {}", whole)}};
}

bool is_httprr(BytesView head, std::string_view) { return head.starts_with("httprr trace v"); }

}  // namespace

trace::Trace import_httprr(std::string_view name, BytesView data) {
  if (!data.starts_with(kHeader)) {
    fail("{}: byte 0: expected \"httprr trace v1\", found {}", name,
         data.substr(0, std::min<std::size_t>(data.find('\n'), 40)));
  }
  HttpTrace http("httprr", "synthetic");
  BytesView rest = data.substr(kHeader.size());
  while (!rest.empty()) {
    const std::string place = fmt::format("{}: byte {}", name, data.size() - rest.size());
    const auto [request, response] = take_lengths(place, rest);
    if (request > rest.size() || response > rest.size() - request) {
      fail("{}: expected {} bytes of an exchange, found {}", place, request + response, rest.size());
    }
    http.add(read_exchange(place, rest.substr(0, request), rest.substr(request, response)));
    rest.remove_prefix(request + response);
  }
  return std::move(http).finish(fmt::format("{}: byte {}", name, data.size()));
}

Importer httprr_importer() {
  return with_cuts(single_file_importer("httprr", "a log of Go's httprr: raw HTTP exchanges", is_httprr, import_httprr),
                   cut_exchanges);
}

}  // namespace ringback::formats
