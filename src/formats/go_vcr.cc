#include "src/formats/go_vcr.h"

#include "src/base/error.h"
#include "src/formats/http_cassette.h"

namespace ringback::formats {
namespace {

constexpr Duration kLatencyMax = seconds(24 * 3600);

struct Unit {
  std::string_view name;
  Duration length;
};
// Longer names first.
constexpr Unit kUnits[] = {{"ns", nanoseconds(1)},  {"us", microseconds(1)}, {"\xC2\xB5s", microseconds(1)},
                           {"ms", milliseconds(1)}, {"s", seconds(1)},       {"m", seconds(60)},
                           {"h", seconds(3600)}};

// As Go prints durations: "1m2.5s", "376.097125ms", "0s".
Duration go_duration(const Node& node) {
  const Bytes text = node.scalar();
  if (text == "0") return {};
  Duration sum;
  std::string_view rest = text;
  bool is_good = !rest.empty();
  while (is_good && !rest.empty()) {
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789."), rest.size());
    const std::string_view number = rest.substr(0, digits);
    rest.remove_prefix(digits);
    const Unit* unit = nullptr;
    for (const Unit& candidate : kUnits) {
      if (unit == nullptr && rest.starts_with(candidate.name)) unit = &candidate;
    }
    const std::optional<Duration> part = unit == nullptr ? std::nullopt : parse_decimal(number, unit->length);
    is_good = part.has_value() && *part <= kLatencyMax && sum <= kLatencyMax;
    if (!is_good) break;
    sum += *part;
    rest.remove_prefix(unit->name.size());
  }
  if (!is_good || sum > kLatencyMax) {
    fail("{}: expected a duration such as 1.5s, at most 24h, found {}", node.place(), text.substr(0, 40));
  }
  return sum;
}

HttpExchange read_interaction(const Node& node) {
  const Node& request = node.at("request");
  const Node& response = node.at("response");
  HttpExchange exchange{.place = node.place(),
                        .method = request.text_at("method"),
                        .url = request.text_at("url"),
                        .request_headers = headers_of(request.find("headers")),
                        .request_body = request.find("body") == nullptr ? Bytes() : request.at("body").scalar(),
                        .status = response.integer_at("code", 100, 999),
                        .response_headers = headers_of(response.find("headers")),
                        .response_body = response.find("body") == nullptr ? Bytes() : response.at("body").scalar()};
  if (const Node* duration = response.find("duration")) exchange.first = go_duration(*duration);
  return exchange;
}

bool is_go_vcr(BytesView head, std::string_view) {
  return has_line(head, "interactions:") && (has_line(head, "- id: ") || has_line(head, "    - id: ")) &&
         head.find("request:") != BytesView::npos;
}

}  // namespace

trace::Trace import_go_vcr(std::string_view name, BytesView data) {
  const Document document = parse_yaml_document(name, data);
  document.root().integer_at("version", 2, 2);
  HttpTrace http("go-vcr", "latencies");
  for (const Node& interaction : document.root().at("interactions").list()) http.add(read_interaction(interaction));
  return std::move(http).finish(document.root().at("interactions").place());
}

Importer go_vcr_importer() {
  return with_cuts(single_file_importer("go-vcr", "a cassette of go-vcr 2: HTTP exchanges with their durations",
                                        is_go_vcr, import_go_vcr),
                   cut_yaml, yaml_without_end);
}

}  // namespace ringback::formats
