#include "src/formats/http_exchange.h"

#include <algorithm>

#include "src/base/error.h"
#include "src/base/hash.h"
#include "src/formats/gzip.h"
#include "src/formats/http_conversation.h"
#include "src/formats/pacing.h"
#include "src/formats/stream_split.h"

namespace ringback::formats {
namespace {

using trace::Direction;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

BytesView header_value(const std::vector<HttpHeader>& headers, std::string_view name) {
  for (const HttpHeader& header : headers) {
    if (lower(header.name) == name) return header.value;
  }
  return {};
}

// A URL's parts that matter here: "https://host/path?query".
struct UrlParts {
  std::string_view host;
  std::string_view path;  // without the query
  std::string_view path_and_query;
};

UrlParts parts_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  const std::size_t host_end = std::min(url.find_first_of("/?#"), url.size());
  UrlParts parts{.host = url.substr(0, host_end), .path_and_query = url.substr(host_end)};
  parts.path_and_query = parts.path_and_query.substr(0, parts.path_and_query.find('#'));
  parts.path = parts.path_and_query.substr(0, parts.path_and_query.find('?'));
  return parts;
}

bool is_transfer_header(const std::string& name) {
  return name == "content-encoding" || name == "content-length" || name == "transfer-encoding" ||
         name == "connection" || name == "keep-alive";
}

// "name: value\n" lines, names in lower case, in the recording's order. A folded or broken value becomes one line.
Bytes header_lines(const std::vector<HttpHeader>& headers, std::string_view side, Redactor& redactor) {
  Bytes lines;
  for (const HttpHeader& header : headers) {
    const std::string name = lower(header.name);
    if (name.empty() || is_transfer_header(name) || !redactor.keeps_header(name, side)) continue;
    Bytes value = redactor.text(header.value);
    for (char& c : value) {
      if (c == '\n' || c == '\r') c = ' ';
    }
    lines.append(name).append(": ").append(value).append("\n");
  }
  return lines;
}

// A body that says that it is compressed, and is.
Bytes inflated(Bytes body, const std::vector<HttpHeader>& headers) {
  const std::string encoding = lower(header_value(headers, "content-encoding"));
  const bool has_gzip_head = body.starts_with("\x1f\x8b");
  if (encoding != "gzip" && encoding != "deflate" && encoding != "x-gzip" && !has_gzip_head) return body;
  std::optional<Bytes> plain = inflate(body, Compression::gzip_or_zlib, trace::kBodyBytesMax);
  return plain.has_value() ? std::move(*plain) : body;
}

Bytes clean_body(Bytes body, const std::vector<HttpHeader>& headers, Redactor& redactor) {
  body = inflated(std::move(body), headers);
  const std::string type = lower(header_value(headers, "content-type"));
  if (type.starts_with("application/x-www-form-urlencoded")) return redactor.form(body);
  return redactor.text(body);
}

void check_size(const HttpExchange& exchange, std::string_view what, const Bytes& octets) {
  // Room for the other fields of the same event.
  constexpr std::size_t kMost = trace::kBodyBytesMax - (64u << 10);
  if (octets.size() > kMost)
    fail("{}: expected {} of at most {} bytes, found {}", exchange.place, what, kMost, octets.size());
}

std::string unique_name(std::string name) {
  if (name.size() <= trace::kChannelNameBytesMax) return name;
  const std::string mark = "#" + to_hex(hash128(name)).substr(0, 16);
  return name.substr(0, trace::kChannelNameBytesMax - mark.size()) + mark;
}

}  // namespace

std::string_view completion_protocol(std::string_view url) {
  const UrlParts parts = parts_of(url);
  const std::string_view path = parts.path;
  const auto ends = [&](std::string_view end) { return path.ends_with(end); };
  const auto has = [&](std::string_view part) { return path.find(part) != std::string_view::npos; };
  if (ends("/chat/completions")) return "openai-chat";
  if (ends("/responses")) return "openai-responses";
  if (ends("/messages")) return "anthropic-messages";
  if (ends(":rawPredict") || ends(":streamRawPredict")) return "anthropic-messages";
  if (ends(":generateContent") || ends(":streamGenerateContent") || ends(":generateMessage")) return "gemini";
  if (has("/model/") && (ends("/converse") || ends("/converse-stream"))) return "bedrock-converse";
  if (has("/model/") && (ends("/invoke") || ends("/invoke-with-response-stream"))) return "bedrock-invoke";
  if (parts.host.find("cohere") != std::string_view::npos && (ends("/chat") || ends("/generate"))) return "cohere-chat";
  if (ends("/api/chat") || ends("/api/generate")) return "ollama";
  if (ends("/completions") || ends("/completions/stream") || ends("/completions/code")) return "completions";
  if (parts.host.find("huggingface") != std::string_view::npos && has("/models/")) return "huggingface";
  return {};
}

HttpTrace::HttpTrace(std::string source, std::string times) : source_(std::move(source)), times_(std::move(times)) {}

std::size_t HttpTrace::partner_of(const HttpExchange& exchange) {
  const Bytes url = redactor_.url(exchange.url);
  const UrlParts parts = parts_of(url);
  const std::string_view protocol = completion_protocol(exchange.url);
  const bool is_model = !protocol.empty();
  const std::string key = fmt::format("{}:{}{}", is_model ? "model" : "tool", parts.host, parts.path);
  const auto known = partner_by_name_.find(key);
  if (known != partner_by_name_.end()) return known->second;
  if (partners_.size() + 1 >= trace::kChannelsMax) {
    fail("{}: expected at most {} different URLs, found more", exchange.place, trace::kChannelsMax - 1);
  }
  const bool is_first_model =
      is_model && partner_by_name_.lower_bound("model:") == partner_by_name_.lower_bound("model;");
  partners_.push_back(
      {.channel = {.kind = is_model ? trace::ChannelKind::model : trace::ChannelKind::tool,
                   .name = is_first_model ? "model" : unique_name(key),
                   .encoding = std::string(protocol),
                   .url = std::string(std::string_view(url).substr(0, url.find('?'))).substr(0, 4096)}});
  partner_by_name_.emplace(key, partners_.size() - 1);
  return partners_.size() - 1;
}

void HttpTrace::emit(std::size_t partner, trace::Event event) {
  event.channel = static_cast<trace::ChannelId>(partner + 1);
  event.exchange = partners_[partner].exchanges;
  events_.push_back({.event = std::move(event), .order = events_.size()});
}

void HttpTrace::add(HttpExchange exchange) {
  if (++count_ > kHttpExchangesMax)
    fail("{}: expected at most {} exchanges, found more", exchange.place, kHttpExchangesMax);
  const std::size_t partner = partner_of(exchange);
  ++partners_[partner].exchanges;
  if (exchange.at.has_value()) now_ = *exchange.at;

  const Bytes url = redactor_.url(exchange.url);
  trace::Request request{.operation = fmt::format("{} {}", exchange.method, parts_of(url).path_and_query),
                         .body = clean_body(std::move(exchange.request_body), exchange.request_headers, redactor_),
                         .headers = header_lines(exchange.request_headers, "request", redactor_)};
  check_size(exchange, "a request", request.body);
  emit(partner, trace::make_event({.at = now_, .direction = Direction::from_agent}, request));

  const bool is_model = partners_[partner].channel.kind == trace::ChannelKind::model;
  now_ += exchange.first.value_or(is_model ? kAnswerGap : kToolLatency);
  if (exchange.status == 0) {
    const Bytes reason = redactor_.text(exchange.failure.empty() ? "no answer was recorded" : exchange.failure);
    emit(partner, trace::make_event({.at = now_, .direction = Direction::to_agent}, trace::Failed{.reason = reason}));
    return;
  }

  const Bytes body = clean_body(std::move(exchange.response_body), exchange.response_headers, redactor_);
  check_size(exchange, "an answer", body);
  trace::Response response{.status = exchange.status,
                           .headers = header_lines(exchange.response_headers, "response", redactor_)};
  const std::vector<BytesView> parts = stream_parts(header_value(exchange.response_headers, "content-type"), body);
  if (parts.size() > kHttpPartsMax)
    fail("{}: expected at most {} parts, found {}", exchange.place, kHttpPartsMax, parts.size());
  if (parts.size() <= 1) response.body = body;
  emit(partner, trace::make_event({.at = now_, .direction = Direction::to_agent}, response));
  if (parts.size() <= 1) return;
  if (times_.empty()) times_ = "exchanges";
  const VirtualTime head = now_;
  const auto count = static_cast<std::int64_t>(parts.size());
  for (std::int64_t i = 0; i < count; ++i) {
    // Spread evenly where the whole is known.
    now_ = exchange.streaming.has_value() ? head + *exchange.streaming / count * (i + 1) : now_ + kFrameGap;
    emit(partner, trace::make_event({.at = now_, .direction = Direction::to_agent},
                                    trace::ResponsePart{.body = Bytes(parts[static_cast<std::size_t>(i)])}));
  }
}

// What the caller and the tools did, where one model channel tells of one conversation.
DerivedConversation HttpTrace::derive() const {
  const trace::Channel* model = nullptr;
  for (const Partner& partner : partners_) {
    if (partner.channel.kind != trace::ChannelKind::model) continue;
    if (model != nullptr) return {};
    model = &partner.channel;
  }
  if (model == nullptr) return {};
  std::vector<const trace::Event*> events;
  for (const Timed& timed : events_) events.push_back(&timed.event);
  return derive_conversation(events, *model);
}

trace::Trace HttpTrace::finish(std::string_view place, std::int64_t wall_start_ns) && {
  if (partners_.empty()) fail("{}: expected at least one exchange, found none", place);
  std::stable_sort(events_.begin(), events_.end(),
                   [](const Timed& a, const Timed& b) { return a.event.at < b.event.at; });
  trace::Trace trace;
  trace.metadata["origin"] = "import " + source_;
  const std::string removed = redactor_.summary();
  if (!removed.empty()) trace.metadata["redaction"] = removed;
  for (Partner& partner : partners_) partner.channel.id = trace.declare(partner.channel);
  const DerivedConversation derived = derive();
  std::map<std::string, trace::ChannelId> ids;
  if (!derived.events.empty()) ids["caller"] = trace.declare({.kind = trace::ChannelKind::caller, .name = "caller"});
  for (const std::string& tool : derived.tools)
    ids[tool] = trace.declare({.kind = trace::ChannelKind::tool, .name = tool});
  trace.add(trace::make_event({}, trace::RecordingFacts{.source = source_,
                                                        .times = times_,
                                                        .audio = "none",
                                                        .tools = derived.tools.empty() ? "" : "derived",
                                                        .wall_start_ns = wall_start_ns}));
  std::size_t next = 0;
  for (std::size_t i = 0; i <= events_.size(); ++i) {
    for (; next < derived.events.size() && derived.events[next].before == i; ++next) {
      trace::Event event = derived.events[next].event;
      event.channel = ids.at(derived.events[next].channel);
      trace.add(std::move(event));
    }
    if (i < events_.size()) trace.add(std::move(events_[i].event));
  }
  return trace;
}

}  // namespace ringback::formats
