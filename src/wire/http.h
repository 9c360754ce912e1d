// HTTP/1.1 over octets, without a socket: readers that are fed what arrives, in pieces of any size, and functions that
// give the octets of a message. Parsing is Boost.Beast's.
//
//   HttpRequestReader reader;
//   reader.feed(octets);
//   while (std::optional<HttpRequest> request = reader.next()) out += to_octets(answer(*request));
//
// Limits: a head of kHttpHeadBytesMax, a body of kHttpBodyBytesMax. What breaks the protocol or a limit ends the
// reader with a failure, which is an outcome and not an exception: the other side sent it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/bytes.h"

namespace ringback::wire {

inline constexpr std::size_t kHttpHeadBytesMax = 64u << 10;
inline constexpr std::size_t kHttpBodyBytesMax = 16u << 20;

struct HttpField {
  std::string name;
  std::string value;
  friend bool operator==(const HttpField&, const HttpField&) = default;
};
using HttpFields = std::vector<HttpField>;

// The value of the first field of that name, whatever its case; empty where there is none.
std::string_view field_of(const HttpFields& fields, std::string_view name);
// Whether a comma-separated field has this token, whatever its case: "Connection: keep-alive, Upgrade".
bool has_token(const HttpFields& fields, std::string_view name, std::string_view token);

struct HttpRequest {
  std::string method;
  std::string target;  // as sent: "/v1/patients?name=Anna", or a whole URL through a proxy
  HttpFields fields;
  Bytes body;  // with its chunks put together
  bool keeps_alive = true;
};

struct HttpResponse {
  std::uint32_t status = 200;
  std::string reason;  // empty: the standard one
  HttpFields fields;   // without Content-Length, Transfer-Encoding and Connection
  Bytes body;
  bool keeps_alive = true;
};

class HttpRequestReader {
 public:
  HttpRequestReader();
  ~HttpRequestReader();
  HttpRequestReader(const HttpRequestReader&) = delete;
  HttpRequestReader& operator=(const HttpRequestReader&) = delete;

  void feed(BytesView octets);
  // The next whole request, in order. After one that asks for another protocol (Upgrade, CONNECT) no more come.
  std::optional<HttpRequest> next();
  // True once after a head that waits for "100 Continue" before it sends its body.
  bool take_wants_continue();
  // Why the rest cannot be read; empty while all is well.
  const std::string& failure() const;
  // What arrived behind the last request: the first octets of the other protocol.
  Bytes take_rest();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Reads one response; for the client's side.
class HttpResponseReader {
 public:
  HttpResponseReader();
  ~HttpResponseReader();
  HttpResponseReader(const HttpResponseReader&) = delete;
  HttpResponseReader& operator=(const HttpResponseReader&) = delete;

  void feed(BytesView octets);
  // The connection ended: a body without a length ends with it.
  void end();
  // The whole response, once. A 101 has no body.
  std::optional<HttpResponse> next();
  const std::string& failure() const;
  Bytes take_rest();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A whole message with its Content-Length.
Bytes to_octets(const HttpResponse& response);
// `host` stands in the Host field.
Bytes to_octets(const HttpRequest& request, std::string_view host);

// A response whose body comes in pieces: the head, each piece as a chunk (none for an empty one), and the end.
Bytes chunked_head(const HttpResponse& response);
Bytes chunk(BytesView piece);
Bytes last_chunk();

}  // namespace ringback::wire
