#include "src/process/served_connection.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "sim/faults/injector.h"

namespace ringback::process {
namespace {

// Fields that are about octets as they once went over another connection.
constexpr std::string_view kOfTransfer[] = {"content-length", "transfer-encoding", "connection", "keep-alive",
                                            "content-encoding"};

}  // namespace

using sim::ToolReply;
using wire::HttpRequest;
using wire::HttpResponse;

ServedConnection::ServedConnection(sim::AgentWorld& world, Services& services, Origin origin, Line& line)
    : world_(world),
      services_(services),
      origin_(std::move(origin)),
      line_(line),
      drip_(world.kernel, world.lane, [this](BytesView octets) { send_plain(octets); }),
      work_(world.kernel, world.lane) {}

void ServedConnection::feed(BytesView octets) {
  if (is_over_ || is_refused_ || octets.empty()) return;
  if (!has_begun_) {
    has_begun_ = true;
    if (wire::begins_tls(octets) && services_.fails_handshake &&
        services_.fails_handshake(origin_.host, origin_.port)) {
      is_refused_ = true;
      return work_.spawn(refuse_handshake());
    }
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

// As a server does that has no certificate for the name, or no cipher in common.
sim::Task<void> ServedConnection::refuse_handshake() {
  co_await sim::sleep(world_.kernel, world_.lane, sim::kRoundTrip);
  line_.write(BytesView("\x15\x03\x03\x00\x02\x02\x28", 7));  // RFC 8446, 6: fatal, handshake_failure
  is_over_ = true;
  line_.close();
}

void ServedConnection::check_tls() {
  const Bytes output = tls_->take_output();
  if (!output.empty()) line_.write(output);
  if (tls_->failure().empty()) return;
  services_.notice(
      fmt::format("TLS with {}:{} failed ({}): does the agent trust the file that SSL_CERT_FILE names, and not "
                  "authorities of its own?",
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
  is_fresh_ = false;
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
    case Destination::Kind::completion:
      if (request.method != "POST") break;
      is_busy_ = true;
      return work_.spawn(serve_completion(std::move(request)));
    case Destination::Kind::transcriber:
    case Destination::Kind::synthesizer: {
      if (!wire::is_websocket_request(request)) break;
      is_busy_ = true;
      const bool hears = destination.kind == Destination::Kind::transcriber;
      const SpeechPlace place{hears ? world_.transcriber : world_.synthesizer,
                              hears ? services_.has_transcriber : services_.has_synthesizer};
      return work_.spawn(serve_speech(std::move(request), place));
    }
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
    send_cut(reply);
    break_off(reply.failure);
    co_return;
  }
  HttpResponse response{.status = static_cast<std::uint32_t>(reply.status),
                        .fields = {{"Content-Type", "application/json"}},
                        .body = request.method == "HEAD" ? Bytes() : std::move(reply.body),
                        .keeps_alive = request.keeps_alive};
  if (reply.spread > Duration()) {
    is_busy_ = true;
    co_await send_slowly(std::move(response), reply.spread);
    is_busy_ = false;
    services_.changed();
  } else {
    respond(std::move(response));
  }
  take_requests();
}

namespace {

constexpr std::int64_t kSlowPieces = 50;

}  // namespace

// The head at once, and the body in pieces that are evenly spread.
sim::Task<void> ServedConnection::send_slowly(HttpResponse response, Duration spread) {
  const Bytes octets = to_octets(response);
  const std::size_t head = octets.size() - response.body.size();
  send_plain(BytesView(octets).substr(0, head));
  std::size_t sent = head;
  const VirtualTime begin = world_.kernel.now();
  for (std::int64_t piece = 1; piece <= kSlowPieces && !is_over_; ++piece) {
    const VirtualTime due = begin + nanoseconds(spread.ns() / kSlowPieces * piece);
    co_await sim::sleep(world_.kernel, world_.lane, due - world_.kernel.now());
    const std::size_t until = head + response.body.size() * static_cast<std::size_t>(piece) / kSlowPieces;
    send_plain(BytesView(octets).substr(sent, until - sent));
    sent = until;
  }
  if (!response.keeps_alive) close_orderly();
}

// The first octets of an answer whose length was told: whoever reads it sees that the rest is missing.
void ServedConnection::send_cut(const ToolReply& reply) {
  if (reply.arrived == 0 || reply.arrived >= reply.body.size()) return;
  const Bytes octets =
      to_octets(HttpResponse{.status = 200, .fields = {{"Content-Type", "application/json"}}, .body = reply.body});
  send_plain(BytesView(octets).substr(0, octets.size() - reply.body.size() + reply.arrived));
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
    refuse_second_session();
    co_return;
  }
  const SessionPlace place(services_.has_model_session);
  std::unique_ptr<sim::ModelConnection> model = co_await world_.models.connect();
  if (model == nullptr) {
    break_off("reset");
    co_return;
  }
  model_ = std::move(model);
  model_->set_on_begun([this](BytesView text, Duration spread) {
    begin_behind(model_->inbox(), [this, text = Bytes(text), spread] { begin_message(text, spread); });
  });
  open_websocket(request);
  while (!is_over_ && model_ != nullptr) {
    std::optional<wire::RealtimeFrame> frame = co_await model_->inbox().receive();
    if (!frame.has_value()) break;
    send_message(frame->text);
    if (model_ != nullptr) begin_next(model_->inbox());
  }
  is_busy_ = false;
  services_.changed();
  if (!is_over_ && model_ != nullptr) close_from_model();
}

void ServedConnection::refuse_second_session() {
  services_.notice(
      fmt::format("the agent opened a second session with {} while one was open: refused with 429", origin_.host));
  is_busy_ = false;
  respond({.status = 429, .body = "", .keeps_alive = false});
}

// --- speech services ---

sim::Task<void> ServedConnection::serve_speech(HttpRequest request, SpeechPlace place) {
  if (place.is_taken) {
    refuse_second_session();
    co_return;
  }
  const SessionPlace taken(place.is_taken);
  std::unique_ptr<sim::SpeechConnection> speech = co_await place.port.connect();
  if (speech == nullptr) {
    break_off("reset");
    co_return;
  }
  speech_ = std::move(speech);
  speech_->set_on_begun([this](BytesView text, Duration spread) {
    begin_behind(speech_->inbox(), [this, text = Bytes(text), spread] { begin_message(text, spread); });
  });
  open_websocket(request);
  while (!is_over_) {
    std::optional<wire::SpeechFrame> frame = co_await speech_->inbox().receive();
    if (!frame.has_value() || is_over_) break;
    send_message(to_json(*frame));
    begin_next(speech_->inbox());
  }
  speech_.reset();
  is_busy_ = false;
  services_.changed();
  break_off("");
}

// --- messages, and what of them comes before they are whole ---

// What is told to have begun may stand behind what has not been taken yet.
template <class T>
void ServedConnection::begin_behind(const sim::Mailbox<T>& waiting, std::function<void()> begin) {
  begin_next_ = std::move(begin);
  begin_next(waiting);
}

template <class T>
void ServedConnection::begin_next(const sim::Mailbox<T>& waiting) {
  if (!waiting.is_empty() || is_over_ || !begin_next_) return;
  RINGBACK_CHECK(!drip_.is_open(), "a link lets nothing begin within what comes before it");
  const std::function<void()> begin = std::exchange(begin_next_, nullptr);
  begin();
}

// The frame's first octets; whoever speaks next on this connection waits for its last.
void ServedConnection::begin_message(const Bytes& text, Duration spread) {
  if (!websocket_.has_value()) return;
  websocket_->send_text(text);
  drip_.begin(websocket_->take_output(), spread);
}

// What has begun to arrive is this message: nothing comes between its first octet and its last one.
void ServedConnection::send_message(BytesView text) {
  if (!drip_.has_begun()) websocket_->send_text(text);
  drip_.finish();
  drip_.forget();
  send_messages();
}

void ServedConnection::hand_to_speech(BytesView message) {
  try {
    speech_->send(wire::parse_speech(message));
  } catch (const Error&) {
    services_.notice(fmt::format("the agent sent {} a message that is none of a speech service's", origin_.host));
  }
}

// --- the model, asked request by request ---

namespace {

// What the server said, without what is said anew of the octets that are sent.
wire::HttpFields fields_of(BytesView lines) {
  wire::HttpFields fields;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const BytesView line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    const std::size_t colon = line.find(": ");
    if (colon == BytesView::npos) continue;
    std::string name(line.substr(0, colon));
    const wire::HttpFields one = {{name, "yes"}};
    const bool is_of_transfer = std::any_of(std::begin(kOfTransfer), std::end(kOfTransfer),
                                            [&](std::string_view each) { return !wire::field_of(one, each).empty(); });
    if (!is_of_transfer) fields.push_back({std::move(name), std::string(line.substr(colon + 2))});
  }
  return fields;
}

}  // namespace

namespace {

Bytes octets_of(const sim::CompletionPiece& piece, bool keeps_alive) {
  if (piece.kind == sim::CompletionPiece::Kind::part) return wire::chunk(piece.octets);
  const HttpResponse response{.status = static_cast<std::uint32_t>(piece.status),
                              .fields = fields_of(piece.headers),
                              .body = piece.octets,
                              .keeps_alive = keeps_alive};
  return piece.is_stream ? wire::chunked_head(response) : to_octets(response);
}

}  // namespace

void ServedConnection::send_piece(const Bytes& octets) {
  if (!drip_.has_begun()) send_plain(octets);
  drip_.finish();
  drip_.forget();
}

sim::Task<void> ServedConnection::serve_completion(HttpRequest request) {
  using Piece = sim::CompletionPiece::Kind;
  std::unique_ptr<sim::CompletionExchange> exchange;
  std::string refusal;
  try {
    exchange = world_.completions.post(std::move(request.body));
  } catch (const InternalError&) {
    throw;
  } catch (const Error& error) {
    refusal = error.what();
  }
  if (exchange == nullptr) {
    services_.notice(fmt::format("the agent's request to https://{}{} was refused with 400: {}", origin_.host,
                                 request.target, refusal));
    is_busy_ = false;
    respond({.status = 400,
             .fields = {{"Content-Type", "application/json"}},
             .body = R"({"error":{"message":"not a request of the recorded protocol","type":"invalid_request_error"}})",
             .keeps_alive = request.keeps_alive});
    co_return;
  }
  bool is_stream = false;
  const sim::Mailbox<sim::CompletionPiece>& pieces = exchange->pieces();
  exchange->set_on_begun(
      [this, &pieces, keeps_alive = request.keeps_alive](const sim::CompletionPiece& piece, Duration spread) {
        begin_behind(pieces, [this, octets = octets_of(piece, keeps_alive), spread] { drip_.begin(octets, spread); });
      });
  while (!is_over_) {
    std::optional<sim::CompletionPiece> piece = co_await exchange->pieces().receive();
    if (!piece.has_value() || is_over_) break;
    if (piece->kind == Piece::broken) {
      break_off(piece->octets);
    } else if (piece->kind == Piece::end) {
      if (is_stream) send_plain(wire::last_chunk());
    } else {
      if (piece->kind == Piece::head) is_stream = piece->is_stream;
      send_piece(octets_of(*piece, request.keeps_alive));
    }
    begin_next(pieces);
  }
  exchange.reset();
  drip_.forget();
  begin_next_ = nullptr;
  is_busy_ = false;
  services_.changed();
  if (!request.keeps_alive) close_orderly();
  take_requests();
}

void ServedConnection::close_from_model() {
  const std::optional<sim::ModelClosed> closed = model_->closed();
  model_.reset();
  const std::int64_t code = closed.has_value() ? closed->code : wire::kWebSocketNormal;
  // A close frame has no place in the middle of another one.
  if (code == wire::kWebSocketAbnormal || drip_.is_open())
    return break_off(code == wire::kWebSocketAbnormal ? closed->reason : "");
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
      if (speech_ != nullptr) hand_to_speech(message->payload);
    } else if (const auto* closed = std::get_if<wire::WebSocketClosed>(&*event)) {
      if (model_ != nullptr) model_->close(closed->code);
      if (speech_ != nullptr) speech_->inbox().close();
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
  if (websocket_.has_value() && websocket_->has_output() && !drip_.is_open()) send_plain(websocket_->take_output());
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
