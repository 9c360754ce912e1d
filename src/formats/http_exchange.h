// HTTP exchanges of foreign recordings as events of a trace: what every cassette and log of HTTP has in common.
//
// A known completion endpoint (chat completions, Responses, Messages, Gemini, ...) is a model channel; anything else is
// a tool channel named by host and path. An exchange is a request and a response; where the body is a stream
// (server-sent events, JSON lines, AWS event streams), the response is the head and each event of the stream is a part,
// so that the parts joined are the body. Secrets are removed (redact.h). Bodies are kept inflated, and without the
// headers that describe only the transfer: content-encoding, content-length, transfer-encoding, connection.
//
//   HttpTrace http("vcrpy");
//   http.add({.place = "a.yaml: line 3", .method = "POST", .url = "https://...", ...});
//   return std::move(http).finish();
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/base/bytes.h"
#include "src/base/time.h"
#include "src/formats/http_conversation.h"
#include "src/formats/redact.h"
#include "src/trace/trace.h"

namespace ringback::formats {

struct HttpHeader {
  std::string name;
  Bytes value;
};

struct HttpExchange {
  std::string place;  // "FILE: line N", for messages
  std::string method;
  std::string url;
  std::vector<HttpHeader> request_headers;
  Bytes request_body;
  std::int64_t status = 0;  // 0: no answer came
  std::vector<HttpHeader> response_headers;
  Bytes response_body;
  std::string failure;                // where no answer came: why
  std::optional<VirtualTime> at;      // when the request was sent
  std::optional<Duration> first;      // from the request to the head of the answer
  std::optional<Duration> streaming;  // from the head to the last part
};

inline constexpr std::size_t kHttpExchangesMax = 200'000;
inline constexpr std::size_t kHttpPartsMax = 1'000'000;  // of one answer

// The protocol of a completion endpoint ("openai-chat", "anthropic-messages", ...), or empty for any other URL.
std::string_view completion_protocol(std::string_view url);

class HttpTrace final {
 public:
  // `source` is the format's name; `times` as RecordingFacts has it.
  HttpTrace(std::string source, std::string times);

  // Throws Error at `exchange.place` where it is beyond a limit.
  void add(HttpExchange exchange);
  bool is_empty() const { return partners_.empty(); }
  // The same redactor for what the importer itself adds.
  Redactor& redactor() { return redactor_; }
  // `wall_start_ns`: the wall clock at virtual time 0, or 0. Throws Error at `place` where nothing was added.
  trace::Trace finish(std::string_view place, std::int64_t wall_start_ns = 0) &&;

 private:
  struct Partner {
    trace::Channel channel;
    std::uint32_t exchanges = 0;
  };
  struct Timed {
    trace::Event event;
    std::size_t order = 0;
  };

  std::size_t partner_of(const HttpExchange& exchange);
  void emit(std::size_t partner, trace::Event event);
  DerivedConversation derive() const;

  std::string source_;
  std::string times_;
  Redactor redactor_;
  std::vector<Partner> partners_;
  std::map<std::string, std::size_t> partner_by_name_;
  std::vector<Timed> events_;
  VirtualTime now_;
  std::size_t count_ = 0;
};

}  // namespace ringback::formats
