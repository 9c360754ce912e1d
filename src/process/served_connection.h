// A connection that the child made, served: TLS where it begins with it, HTTP/1.1 inside, WebSocket where it asks for
// it; behind that the model's or a tool's port. What the port answers goes back as octets.
//
//   ServedConnection connection(world, services, {.host = "ehr.example", .port = 443}, line);
//   connection.feed(octets);          // what the child wrote
//   connection.end();                 // it will write no more
//
// Destroying it abandons what is under way, as a client that closes its socket does.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "sim/agents/port.h"
#include "sim/kernel/scope.h"
#include "src/process/drip.h"
#include "src/process/endpoints.h"
#include "src/process/line.h"
#include "src/wire/http.h"
#include "src/wire/tls.h"
#include "src/wire/websocket.h"

namespace ringback::process {

// What all connections of one run share.
struct Services {
  const Endpoints& endpoints;
  wire::LocalAuthority& authority;
  // For the user; said once however often it happens.
  std::function<void(std::string)> notice;
  // A request or a session came to its end.
  std::function<void()> changed;
  // Whether a fault lets the TLS handshake with this partner fail.
  std::function<bool(const std::string& host, std::uint16_t port)> fails_handshake;
  // Each of these ports takes one session at a time.
  bool has_model_session = false;
  bool has_transcriber = false;
  bool has_synthesizer = false;
};

class ServedConnection {
 public:
  struct Origin {
    std::string host;
    std::uint16_t port = 0;
    std::uint32_t number = 0;  // of the connection in its run; the key of its draws
  };
  // All but `origin` outlive the connection.
  ServedConnection(sim::AgentWorld& world, Services& services, Origin origin, Line& line);
  ServedConnection(const ServedConnection&) = delete;
  ServedConnection& operator=(const ServedConnection&) = delete;

  void feed(BytesView octets);
  void end();
  // We ended it; it may be destroyed.
  bool is_over() const { return is_over_; }
  // A request or a session is under way.
  bool is_busy() const { return is_busy_; }
  // Nothing was asked on it yet.
  bool is_fresh() const { return is_fresh_; }
  const Origin& origin() const { return origin_; }

 private:
  void feed_plain(BytesView octets);
  void take_requests();
  void dispatch(wire::HttpRequest request);
  void refuse(const Endpoint& endpoint);
  void respond(wire::HttpResponse response);
  void swallow(const wire::HttpRequest& request);
  sim::Task<void> serve_tool(wire::HttpRequest request, Destination destination);
  sim::Task<void> serve_model(wire::HttpRequest request);
  sim::Task<void> serve_completion(wire::HttpRequest request);
  struct SpeechPlace {
    sim::SpeechPort& port;
    bool& is_taken;
  };
  sim::Task<void> serve_speech(wire::HttpRequest request, SpeechPlace place);
  void refuse_second_session();
  void open_websocket(const wire::HttpRequest& request);
  void take_messages();
  void hand_to_model(const wire::WebSocketMessage& message);
  void hand_to_speech(BytesView message);
  void close_from_model();
  void send_plain(BytesView octets);
  void send_messages();
  void close_orderly();
  void break_off(const std::string& cause);
  void check_tls();
  sim::Task<void> refuse_handshake();
  sim::Task<void> send_slowly(wire::HttpResponse response, Duration spread);
  template <class T>
  void begin_behind(const sim::Mailbox<T>& waiting, std::function<void()> begin);
  template <class T>
  void begin_next(const sim::Mailbox<T>& waiting);
  void begin_message(const Bytes& text, Duration spread);
  void send_message(BytesView text);
  void send_piece(const Bytes& octets);
  void send_cut(const sim::ToolReply& reply);

  sim::AgentWorld& world_;
  Services& services_;
  Origin origin_;
  Line& line_;
  bool has_begun_ = false;  // TLS or not is known
  std::unique_ptr<wire::TlsServer> tls_;
  wire::HttpRequestReader reader_;
  std::optional<wire::WebSocket> websocket_;
  std::unique_ptr<sim::ModelConnection> model_;
  std::unique_ptr<sim::SpeechConnection> speech_;
  Drip drip_;
  std::function<void()> begin_next_;  // once what came before has been sent
  bool is_busy_ = false;
  bool is_fresh_ = true;
  bool is_refused_ = false;  // the handshake fails, and nothing is read any more
  bool is_over_ = false;
  sim::Scope work_;  // last: its tasks use all of the above
};

}  // namespace ringback::process
