#include "src/wire/http.h"

#include <algorithm>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>

#include "src/base/error.h"

namespace ringback::wire {
namespace {

namespace http = boost::beast::http;
namespace asio = boost::asio;
using boost::beast::error_code;

constexpr unsigned kVersion11 = 11;

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lowered;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <class Message>
HttpFields fields_of(const Message& message) {
  HttpFields fields;
  for (const auto& field : message) {
    fields.push_back({.name = std::string(field.name_string()), .value = std::string(field.value())});
  }
  return fields;
}

template <class Message>
Bytes serialise(Message& message) {
  Bytes octets;
  http::serializer<Message::is_request::value, typename Message::body_type> serializer(message);
  error_code error;
  while (!serializer.is_done()) {
    std::size_t size = 0;
    serializer.next(error, [&](error_code&, const auto& buffers) {
      for (auto it = asio::buffer_sequence_begin(buffers); it != asio::buffer_sequence_end(buffers); ++it) {
        const asio::const_buffer piece = *it;
        octets.append(static_cast<const char*>(piece.data()), piece.size());
        size += piece.size();
      }
    });
    if (error) fail("HTTP: a message could not be written: {}", error.message());
    serializer.consume(size);
  }
  return octets;
}

template <class Buffers>
Bytes joined(const Buffers& buffers) {
  Bytes octets;
  for (auto it = asio::buffer_sequence_begin(buffers); it != asio::buffer_sequence_end(buffers); ++it) {
    const asio::const_buffer piece = *it;
    octets.append(static_cast<const char*>(piece.data()), piece.size());
  }
  return octets;
}

// Feeds one message after the other to a Beast parser. `IsRequest` tells which side's messages these are.
template <bool IsRequest>
class MessageReader {
 public:
  using Parser = http::parser<IsRequest, http::string_body>;

  MessageReader() { begin_message(); }

  void feed(BytesView octets) {
    if (failure_.empty()) pending_ += octets;
  }

  // A parser that holds a whole message, or null. The next call begins the next message.
  Parser* next() {
    if (std::exchange(is_taken_, false)) begin_message();
    while (failure_.empty() && !parser_->is_done() && !pending_.empty()) {
      error_code error;
      const std::size_t used = parser_->put(asio::const_buffer(pending_.data(), pending_.size()), error);
      pending_.erase(0, used);
      if (error && error != http::error::need_more) {
        failure_ = error.message();
      } else if (parser_->is_header_done() && !head_is_seen_) {
        head_is_seen_ = true;
        saw_head();
      } else if (used == 0) {
        break;
      }
    }
    if (!failure_.empty() || !parser_->is_done()) return nullptr;
    is_taken_ = true;
    return &*parser_;
  }

  void end() {
    if (!failure_.empty() || parser_->is_done() || !parser_->got_some()) return;
    error_code error;
    parser_->put_eof(error);
    if (error) failure_ = error.message();
  }

  bool take_wants_continue() { return std::exchange(wants_continue_, false); }
  const std::string& failure() const { return failure_; }
  Bytes take_rest() { return std::exchange(pending_, {}); }

 private:
  void begin_message() {
    parser_.emplace();
    parser_->eager(true);
    parser_->header_limit(kHttpHeadBytesMax);
    parser_->body_limit(kHttpBodyBytesMax);
    head_is_seen_ = false;
  }
  void saw_head() {
    if constexpr (IsRequest) {
      wants_continue_ = lower(parser_->get()[http::field::expect]) == "100-continue" && !parser_->is_done();
    }
  }

  std::optional<Parser> parser_;
  Bytes pending_;
  std::string failure_;
  bool head_is_seen_ = false;
  bool wants_continue_ = false;
  bool is_taken_ = false;
};

}  // namespace

std::string_view field_of(const HttpFields& fields, std::string_view name) {
  const std::string wanted = lower(name);
  for (const HttpField& field : fields) {
    if (lower(field.name) == wanted) return field.value;
  }
  return {};
}

bool has_token(const HttpFields& fields, std::string_view name, std::string_view token) {
  const std::string wanted_name = lower(name);
  const std::string wanted = lower(token);
  for (const HttpField& field : fields) {
    if (lower(field.name) != wanted_name) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      if (lower(trimmed(rest.substr(0, comma))) == wanted) return true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return false;
}

// --- requests ---

struct HttpRequestReader::State {
  MessageReader<true> reader;
  bool is_upgraded = false;
};

HttpRequestReader::HttpRequestReader() : state_(std::make_unique<State>()) {}
HttpRequestReader::~HttpRequestReader() = default;

void HttpRequestReader::feed(BytesView octets) { state_->reader.feed(octets); }

std::optional<HttpRequest> HttpRequestReader::next() {
  if (state_->is_upgraded) return std::nullopt;
  auto* const parser = state_->reader.next();
  if (parser == nullptr) return std::nullopt;
  HttpRequest request{.method = std::string(parser->get().method_string()),
                      .target = std::string(parser->get().target()),
                      .fields = fields_of(parser->get()),
                      .body = std::move(parser->get().body()),
                      .keeps_alive = parser->get().keep_alive()};
  state_->is_upgraded = request.method == "CONNECT" || (has_token(request.fields, "Connection", "upgrade") &&
                                                        !field_of(request.fields, "Upgrade").empty());
  return request;
}

bool HttpRequestReader::take_wants_continue() { return state_->reader.take_wants_continue(); }
const std::string& HttpRequestReader::failure() const { return state_->reader.failure(); }
Bytes HttpRequestReader::take_rest() { return state_->reader.take_rest(); }

// --- responses ---

struct HttpResponseReader::State {
  MessageReader<false> reader;
  bool is_given = false;
};

HttpResponseReader::HttpResponseReader() : state_(std::make_unique<State>()) {}
HttpResponseReader::~HttpResponseReader() = default;

void HttpResponseReader::feed(BytesView octets) { state_->reader.feed(octets); }
void HttpResponseReader::end() { state_->reader.end(); }

std::optional<HttpResponse> HttpResponseReader::next() {
  if (state_->is_given) return std::nullopt;
  auto* const parser = state_->reader.next();
  if (parser == nullptr) return std::nullopt;
  state_->is_given = true;
  return HttpResponse{.status = parser->get().result_int(),
                      .reason = std::string(parser->get().reason()),
                      .fields = fields_of(parser->get()),
                      .body = std::move(parser->get().body()),
                      .keeps_alive = parser->get().keep_alive()};
}

const std::string& HttpResponseReader::failure() const { return state_->reader.failure(); }
Bytes HttpResponseReader::take_rest() { return state_->reader.take_rest(); }

// --- octets ---

namespace {

http::response<http::string_body> beast_response(const HttpResponse& response) {
  http::response<http::string_body> message;
  message.version(kVersion11);
  message.result(response.status);
  if (!response.reason.empty()) message.reason(response.reason);
  for (const HttpField& field : response.fields) message.insert(field.name, field.value);
  message.keep_alive(response.keeps_alive);
  return message;
}

}  // namespace

Bytes to_octets(const HttpResponse& response) {
  http::response<http::string_body> message = beast_response(response);
  // Neither an interim response nor one without content has a body or a length.
  const bool has_body = response.status >= 200 && response.status != 204 && response.status != 304;
  if (has_body) {
    message.body() = response.body;
    message.content_length(response.body.size());
  }
  if (response.status == 101) message.set(http::field::connection, "Upgrade");
  return serialise(message);
}

Bytes to_octets(const HttpRequest& request, std::string_view host) {
  http::request<http::string_body> message;
  message.version(kVersion11);
  message.method_string(request.method);
  message.target(request.target);
  message.set(http::field::host, host);
  for (const HttpField& field : request.fields) message.insert(field.name, field.value);
  if (!request.body.empty()) {
    message.body() = request.body;
    message.content_length(request.body.size());
  }
  return serialise(message);
}

Bytes chunked_head(const HttpResponse& response) {
  http::response<http::string_body> whole = beast_response(response);
  whole.chunked(true);
  http::serializer<false, http::string_body> serializer(whole);
  serializer.split(true);
  Bytes octets;
  error_code error;
  while (!serializer.is_header_done()) {
    std::size_t size = 0;
    serializer.next(error, [&](error_code&, const auto& buffers) {
      const Bytes piece = joined(buffers);
      octets += piece;
      size = piece.size();
    });
    if (error) fail("HTTP: a head could not be written: {}", error.message());
    serializer.consume(size);
  }
  return octets;
}

Bytes chunk(BytesView piece) {
  if (piece.empty()) return {};
  return joined(http::make_chunk(asio::const_buffer(piece.data(), piece.size())));
}

Bytes last_chunk() { return joined(http::make_chunk_last()); }

}  // namespace ringback::wire
