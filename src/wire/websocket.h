// WebSocket (RFC 6455) over octets, without a socket: one end of a connection, client or server.
//
// Fragments are put together, pings answered, close frames answered, extensions declined. What the other side may not
// do (a reserved bit, a masked frame from a server, text that is not UTF-8, a message above the limit) ends the
// connection with the close code that the standard names; it is an outcome. A client's masks come from a keyed stream,
// so equal runs send equal octets.
//
//   WebSocket end(WebSocket::Role::server);
//   end.feed(octets);
//   while (std::optional<WebSocketEvent> event = end.next()) ...
//   end.send_text(R"({"type":"session.created"})");
//   send_on_the_connection(end.take_output());
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "src/base/bytes.h"
#include "src/base/random.h"
#include "src/wire/http.h"

namespace ringback::wire {

// All fragments of one message together, and one frame.
inline constexpr std::size_t kWebSocketMessageBytesMax = 16u << 20;
inline constexpr std::uint16_t kWebSocketNormal = 1000;
inline constexpr std::uint16_t kWebSocketGoingAway = 1001;
inline constexpr std::uint16_t kWebSocketProtocolError = 1002;
inline constexpr std::uint16_t kWebSocketNoCode = 1005;    // a close frame without a code; never on the wire
inline constexpr std::uint16_t kWebSocketAbnormal = 1006;  // no close frame at all; never on the wire
inline constexpr std::uint16_t kWebSocketBadText = 1007;
inline constexpr std::uint16_t kWebSocketTooBig = 1009;

struct WebSocketMessage {
  bool is_text = true;
  Bytes payload;
};
struct WebSocketPong {
  Bytes payload;
};
// The last event of a connection.
struct WebSocketClosed {
  std::uint16_t code = kWebSocketNoCode;
  std::string reason;
  bool by_us = false;  // we began it, or failed the connection
};
using WebSocketEvent = std::variant<WebSocketMessage, WebSocketPong, WebSocketClosed>;

class WebSocket {
 public:
  enum class Role { client, server };

  // A client needs a stream of masks of its own.
  explicit WebSocket(Role role, const RandomKey& masks = {}) : role_(role), masks_(masks) {}

  void feed(BytesView octets);
  // The octets ended without a close frame.
  void end();
  std::optional<WebSocketEvent> next();

  // Do nothing once a close frame was sent.
  void send_text(BytesView text) { send(kText, text); }
  void send_binary(BytesView data) { send(kBinary, data); }
  void ping(BytesView data) { send(kPing, data); }
  // `reason` is cut to the 123 octets that fit.
  void close(std::uint16_t code, std::string_view reason);

  // Octets for the other side, once.
  Bytes take_output();
  bool has_output() const { return !output_.empty(); }
  // Both close frames have passed, or the connection failed: the transport may be shut.
  bool is_finished() const { return is_finished_; }
  bool close_was_sent() const { return close_sent_; }

 private:
  static constexpr int kContinuation = 0;
  static constexpr int kText = 1;
  static constexpr int kBinary = 2;
  static constexpr int kClose = 8;
  static constexpr int kPing = 9;
  static constexpr int kPong = 10;

  struct Head {
    bool is_last = false;
    int opcode = 0;
    std::size_t octets = 0;  // of the head itself
    std::uint64_t payload = 0;
    bool is_masked = false;
    unsigned char mask[4] = {};
  };
  // Nothing while the head is not whole, or after a failure.
  std::optional<Head> read_head();
  bool take_frame();
  void take_data(const Head& head, Bytes payload);
  void take_close(const Bytes& payload);
  void fail_connection(std::uint16_t code, std::string reason);
  void send(int opcode, BytesView payload);
  void finish(WebSocketClosed closed);

  Role role_;
  RandomStream masks_;
  std::uint64_t frames_sent_ = 0;
  Bytes input_;
  std::size_t used_ = 0;  // of input_
  Bytes output_;
  std::deque<WebSocketEvent> events_;
  std::optional<int> message_opcode_;  // of the message whose fragments are coming
  Bytes message_;
  bool close_sent_ = false;
  bool is_finished_ = false;
};

// --- the handshake ---

// Whether the request asks for WebSocket.
bool is_websocket_request(const HttpRequest& request);
// 101 for a good one, declining every extension and taking the first subprotocol offered; 400 or 426 for a bad one.
HttpResponse accept_websocket(const HttpRequest& request);
// Sec-WebSocket-Accept for a key.
std::string accept_key(std::string_view key);
// A key from the stream's first draws.
std::string websocket_key(const RandomStream& stream);
// The client's request for `target`, with `key`; more fields may be put behind.
HttpRequest websocket_request(std::string target, std::string_view key);

}  // namespace ringback::wire
