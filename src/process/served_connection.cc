#include "src/process/served_connection.h"

#include <utility>

namespace ringback::process {

using sim::ToolReply;
using wire::HttpRequest;
using wire::HttpResponse;

ServedConnection::ServedConnection(sim::AgentWorld& world, Services& services, Origin origin, Line& line)
    : world_(world), services_(services), origin_(std::move(origin)), line_(line), work_(world.kernel, world.lane) {}

void ServedConnection::feed(BytesView octets) {
  if (is_over_ || octets.empty()) return;
  if (!has_begun_) {
    has_begun_ = true;
    if (wire::begins_tls(octets)) {
      const std::string number = fmt::format("connection {}", origin_.number);
      tls_ = std::make_unique<wire::TlsServer>(
          services_.authority, origin_.host,
          RandomKey{.seed = world_.seed, .domain = "tls", .entity = number, .purpose = "handshake"});
    }
  }
  if (tls_ == nullptr) return feed_plain(octets);
  tls_->feed(octets);
  const Bytes plain = tls_->take_plain();
  check_tls();
  if (!plain.empty()) feed_plain(plain);
  if (!is_over_ && tls_->is_closed()) end();
}

void ServedConnection::check_tls() {
  const Bytes output = tls_->take_output();
  if (!output.empty()) line_.write(output);
  if (tls_->failure().empty()) return;
  services_.notice(fmt::format(
      "TLS with {}:{} failed ({}): does the agent trust the file that NODE_EXTRA_CA_CERTS and SSL_CERT_FILE name?",
      origin_.host, origin_.port, tls_->failure()));
  close_orderly();
}

void ServedConnection::feed_plain(BytesView octets) {
  if (websocket_.has_value()) {
    websocket_->feed(octets);
    return take_messages();
  }
  reader_.feed(octets);
  take_requests();
}

// One after the other: the next request is looked at when the last was answered.
void ServedConnection::take_requests() {
  while (!is_busy_ && !is_over_ && !websocket_.has_value()) {
    std::optional<HttpRequest> request = reader_.next();
    if (!request.has_value()) break;
    dispatch(std::move(*request));
  }
  if (is_over_ || websocket_.has_value()) return;
  if (reader_.take_wants_continue()) send_plain("HTTP/1.1 100 Continue\r\n\r\n");
  if (!reader_.failure().empty()) {
    services_.notice(fmt::format("the agent's request to {}:{} is not HTTP/1.1 ({})", origin_.host, origin_.port,
                                 reader_.failure()));
    respond({.status = 400, .body = "", .keeps_alive = false});
  }
}

void ServedConnection::dispatch(HttpRequest request) {
  const Endpoint endpoint{
      .is_tls = tls_ != nullptr, .host = origin_.host, .port = origin_.port, .target = request.target};
  Destination destination = services_.endpoints.find(endpoint);
  switch (destination.kind) {
    case Destination::Kind::sink:
      return swallow(request);
    case Destination::Kind::tool:
      is_busy_ = true;
      return work_.spawn(serve_tool(std::move(request), std::move(destination)));
    case Destination::Kind::model:
      if (!wire::is_websocket_request(request)) break;
      is_busy_ = true;
      return work_.spawn(serve_model(std::move(request)));
    case Destination::Kind::nobody:
      break;
  }
  refuse(endpoint);
}

void ServedConnection::refuse(const Endpoint& endpoint) {
  services_.notice(
      fmt::format("the agent asked for {}, which no channel of the trace answers: 404; name it with `bind` or `sink`",
                  to_text(endpoint)));
  respond({.status = 404, .fields = {{"Content-Type", "application/json"}}, .body = R"({"error":"not found"})"});
}

void ServedConnection::respond(HttpResponse response) {
  send_plain(to_octets(response));
  if (!response.keeps_alive) close_orderly();
}

// Telemetry: taken, and answered as such services do.
void ServedConnection::swallow(const HttpRequest& request) {
  if (wire::is_websocket_request(request)) {
    is_sink_ = true;
    return open_websocket(request);
  }
  respond({.status = 200,
           .fields = {{"Content-Type", "application/json"}},
           .body = "{}",
           .keeps_alive = request.keeps_alive});
}

// --- tools ---

sim::Task<void> ServedConnection::serve_tool(HttpRequest request, Destination destination) {
  constexpr std::string_view kPrefix = "tool:";
  std::string function = destination.channel;
  if (function.rfind(kPrefix, 0) == 0) function.erase(0, kPrefix.size());
  Bytes arguments = arguments_of(destination, request.target, request.body);
  ToolReply reply = co_await world_.tools.call(function, arguments);
  is_busy_ = false;
  services_.changed();
  if (!reply.answered) {
    break_off(reply.failure);
    co_return;
  }
  respond({.status = static_cast<std::uint32_t>(reply.status),
           .fields = {{"Content-Type", "application/json"}},
           .body = request.method == "HEAD" ? Bytes() : std::move(reply.body),
           .keeps_alive = request.keeps_alive});
  take_requests();
}

// --- the model ---

namespace {

// Holds the one place for a session as long as the task that serves it.
class SessionPlace {
 public:
  explicit SessionPlace(bool& is_taken) : is_taken_(is_taken) { is_taken_ = true; }
  SessionPlace(const SessionPlace&) = delete;
  SessionPlace& operator=(const SessionPlace&) = delete;
  ~SessionPlace() { is_taken_ = false; }

 private:
  bool& is_taken_;
};

}  // namespace

sim::Task<void> ServedConnection::serve_model(HttpRequest request) {
  if (services_.has_model_session) {
    services_.notice("the agent opened a second session of the model while one was open: refused with 429");
    is_busy_ = false;
    respond({.status = 429, .body = "", .keeps_alive = false});
    co_return;
  }
  const SessionPlace place(services_.has_model_session);
  std::unique_ptr<sim::ModelConnection> model = co_await world_.models.connect();
  if (model == nullptr) {
    break_off("reset");
    co_return;
  }
  model_ = std::move(model);
  open_websocket(request);
  while (!is_over_ && model_ != nullptr) {
    std::optional<wire::RealtimeFrame> frame = co_await model_->inbox().receive();
    if (!frame.has_value()) break;
    websocket_->send_text(frame->text);
    send_messages();
  }
  is_busy_ = false;
  services_.changed();
  if (!is_over_ && model_ != nullptr) close_from_model();
}

void ServedConnection::close_from_model() {
  const std::optional<sim::ModelClosed> closed = model_->closed();
  model_.reset();
  const std::int64_t code = closed.has_value() ? closed->code : wire::kWebSocketNormal;
  if (code == wire::kWebSocketAbnormal) return break_off(closed->reason);
  websocket_->close(static_cast<std::uint16_t>(code), closed.has_value() ? closed->reason : "");
  send_messages();
}

void ServedConnection::open_websocket(const HttpRequest& request) {
  HttpResponse response = wire::accept_websocket(request);
  const bool is_accepted = response.status == 101;
  const Bytes rest = reader_.take_rest();
  if (!is_accepted) model_.reset();
  respond(std::move(response));
  if (!is_accepted) return;
  websocket_.emplace(wire::WebSocket::Role::server);
  websocket_->feed(rest);
  take_messages();
}

void ServedConnection::take_messages() {
  while (std::optional<wire::WebSocketEvent> event = websocket_->next()) {
    if (const auto* message = std::get_if<wire::WebSocketMessage>(&*event)) {
      if (model_ != nullptr) hand_to_model(*message);
    } else if (const auto* closed = std::get_if<wire::WebSocketClosed>(&*event)) {
      if (model_ != nullptr) model_->close(closed->code);
    }
  }
  send_messages();
  if (!is_over_ && websocket_->is_finished()) close_orderly();
}

void ServedConnection::hand_to_model(const wire::WebSocketMessage& message) {
  wire::RealtimeFrame frame;
  try {
    frame = wire::parse_realtime(message.payload);
  } catch (const Error&) {
    // The agent's own fault; the model sees the text and makes nothing of it.
    services_.notice("the agent sent the model a message that is no event of the Realtime protocol");
    frame = {};
    frame.text = message.payload;
  }
  model_->send(std::move(frame));
}

// --- octets, and the end ---

void ServedConnection::send_plain(BytesView octets) {
  if (is_over_ || octets.empty()) return;
  if (tls_ == nullptr) return line_.write(octets);
  tls_->write(octets);
  check_tls();
}

void ServedConnection::send_messages() {
  if (websocket_.has_value() && websocket_->has_output()) send_plain(websocket_->take_output());
}

void ServedConnection::end() {
  if (is_over_) return;
  if (websocket_.has_value()) {
    websocket_->end();
    take_messages();
  }
  if (!is_over_) close_orderly();
}

void ServedConnection::close_orderly() {
  if (is_over_) return;
  if (tls_ != nullptr) {
    tls_->close();
    const Bytes output = tls_->take_output();
    if (!output.empty()) line_.write(output);
  }
  is_over_ = true;
  line_.close();
}

// Without a word of TLS, HTTP or WebSocket. A connection that was lost ends; all other causes reset it.
void ServedConnection::break_off(const std::string& cause) {
  if (is_over_) return;
  is_over_ = true;
  if (cause.empty() || cause.rfind("closed", 0) == 0) {
    line_.close();
  } else {
    line_.reset();
  }
}

}  // namespace ringback::process
