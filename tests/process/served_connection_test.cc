#include "src/process/served_connection.h"

#include <catch2/catch.hpp>

#include "tests/process/fake_world.h"

namespace ringback::process {
namespace {

constexpr RandomKey kMasks{.seed = 1, .domain = "test", .entity = "masks"};
constexpr const char* kPost = "POST /v1/patients HTTP/1.1\r\nHost: ehr.example\r\nContent-Length: 7\r\n\r\n{\"a\":1}";

const std::vector<trace::Channel> kChannels = {
    {.id = 1, .kind = trace::ChannelKind::model, .name = "model", .url = "ws://model.example/v1/realtime"},
    {.id = 2, .kind = trace::ChannelKind::tool, .name = "tool:ehr.lookup", .url = "http://ehr.example/v1/patients"},
    {.id = 3,
     .kind = trace::ChannelKind::model,
     .name = "chat",
     .encoding = "openai-chat",
     .url = "http://chat.example/v1/chat/completions"},
    {.id = 4, .kind = trace::ChannelKind::transcriber, .name = "transcriber", .url = "ws://speech.example/v1/listen"}};

// One connection to `host` in a world of its own.
struct Fixture {
  explicit Fixture(std::string host)
      : connection(fake.world, services, {.host = std::move(host), .port = 80, .number = 1}, line) {}

  void run(Duration duration) { fake.kernel.run(fake.kernel.now() + duration); }
  // Opens a WebSocket to the model; gives the client's end.
  wire::WebSocket open(const char* target = "/v1/realtime?model=x") {
    connection.feed(to_octets(wire::websocket_request(target, "dGhlIHNhbXBsZSBub25jZQ=="), "model.example"));
    run(milliseconds(1));
    wire::HttpResponseReader reader;
    reader.feed(line.take());
    const std::optional<wire::HttpResponse> response = reader.next();
    REQUIRE(response.has_value());
    REQUIRE(response->status == 101);
    wire::WebSocket client(wire::WebSocket::Role::client, kMasks);
    client.feed(reader.take_rest());
    return client;
  }

  FakeWorld fake;
  std::vector<std::string> notices;
  const sim::Schedule schedule{.sinks = {{.url = "http://sink.example/*"}}};
  Endpoints endpoints{kChannels, schedule};
  wire::LocalAuthority authority{3, 1'767'225'600};
  Services services{.endpoints = endpoints,
                    .authority = authority,
                    .notice = [this](std::string text) { notices.push_back(std::move(text)); },
                    .changed = [] {}};
  FakeLine line;
  ServedConnection connection;
};

}  // namespace

TEST_CASE("a request is a call of the tool, and the next one waits for its answer") {
  Fixture one("ehr.example");
  one.connection.feed(std::string(kPost) + kPost);
  one.run(milliseconds(5));
  CHECK(one.fake.tools.calls == std::vector<std::string>{R"(ehr.lookup {"a":1})"});
  CHECK(one.connection.is_busy());
  CHECK(one.line.take().empty());
  one.run(milliseconds(12));
  const Bytes answer = one.line.take();
  CHECK(answer.rfind("HTTP/1.1 200 OK\r\n", 0) == 0);
  CHECK(answer.find("\r\n\r\n{\"found\":true}") != Bytes::npos);
  CHECK(one.fake.tools.calls.size() == 2);
  one.run(milliseconds(20));
  CHECK_FALSE(one.line.take().empty());
  CHECK_FALSE(one.connection.is_busy());
  CHECK_FALSE(one.connection.is_over());
}

TEST_CASE("a client that wants no further answer gets its connection closed") {
  Fixture one("ehr.example");
  one.connection.feed("POST /v1/patients HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
  one.run(milliseconds(20));
  CHECK(one.line.ending == "closed");
  CHECK(one.connection.is_over());
}

TEST_CASE("a call that fails breaks the connection off as its cause says") {
  for (const auto& [failure, ending] :
       {std::pair{"closed before the answer", "closed"}, std::pair{"reset", "reset"}, std::pair{"refused", "reset"}}) {
    Fixture one("ehr.example");
    one.fake.tools.reply = sim::ToolReply{.failure = failure};
    one.connection.feed(kPost);
    one.run(milliseconds(20));
    CHECK(one.line.ending == ending);
    CHECK(one.line.take().empty());
  }
}

TEST_CASE("an answer that is cut arrives as far as it came, under its whole length") {
  Fixture one("ehr.example");
  one.fake.tools.reply = sim::ToolReply{.body = "0123456789", .failure = "closed after 4 bytes", .arrived = 4};
  one.connection.feed(kPost);
  one.run(milliseconds(20));
  const Bytes answer = one.line.take();
  CHECK(answer.find("Content-Length: 10\r\n") != Bytes::npos);
  CHECK(answer.ends_with("\r\n\r\n0123"));
  CHECK(one.line.ending == "closed");
}

TEST_CASE("an answer over a slow line comes piece by piece") {
  Fixture one("ehr.example");
  const Bytes body(1000, 'x');
  one.fake.tools.reply = sim::ToolReply{
      .answered = true, .status = 200, .body = body, .failure = {}, .arrived = body.size(), .spread = seconds(10)};
  one.connection.feed(kPost);
  one.run(milliseconds(11));
  const Bytes head = one.line.take();
  CHECK(head.ends_with("\r\n\r\n"));
  one.run(seconds(5));
  CHECK(one.line.take().size() == 500);
  CHECK(one.connection.is_busy());
  one.run(seconds(5));
  CHECK(one.line.take().size() == 500);
  CHECK_FALSE(one.connection.is_busy());
}

TEST_CASE("a handshake that meets a fault is answered with an alert") {
  Fixture one("ehr.example");
  one.services.fails_handshake = [](const std::string& host, std::uint16_t port) {
    return host == "ehr.example" && port == 80;
  };
  one.connection.feed(BytesView("\x16\x03\x01\x00\x05hello", 10));
  CHECK(one.line.take().empty());
  one.run(milliseconds(60));
  CHECK(one.line.take() == Bytes("\x15\x03\x03\x00\x02\x02\x28", 7));
  CHECK(one.line.ending == "closed");
}

namespace {

constexpr const char* kAsk = "POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";
using Piece = sim::CompletionPiece;

}  // namespace

TEST_CASE("a streamed answer of a model is sent chunk by chunk, and the connection lives on") {
  Fixture one("chat.example");
  one.connection.feed(kAsk);
  one.run(milliseconds(1));
  REQUIRE(one.fake.completions.posted == std::vector<std::string>{"{}"});
  one.fake.completions.pieces->push({.kind = Piece::Kind::head,
                                     .status = 200,
                                     .headers = "content-type: text/event-stream\nContent-Length: 9\n",
                                     .octets = {},
                                     .is_stream = true});
  one.run(milliseconds(1));
  const Bytes head = one.line.take();
  CHECK(head.find("content-type: text/event-stream\r\n") != Bytes::npos);
  CHECK(head.find("Content-Length") == Bytes::npos);
  one.fake.completions.pieces->push({.kind = Piece::Kind::part, .octets = "data: 1\n\n"});
  one.run(milliseconds(1));
  CHECK(one.line.take() == "9\r\ndata: 1\n\n\r\n");
  one.fake.completions.pieces->push({.kind = Piece::Kind::end});
  one.fake.completions.pieces->close();
  one.run(milliseconds(1));
  CHECK(one.line.take() == "0\r\n\r\n");
  CHECK_FALSE(one.connection.is_busy());
  one.connection.feed(kAsk);
  one.run(milliseconds(1));
  CHECK(one.fake.completions.posted.size() == 2);
}

TEST_CASE("a chunk over a slow line drips, and is whole when the piece has come") {
  Fixture one("chat.example");
  one.connection.feed(kAsk);
  one.run(milliseconds(1));
  one.fake.completions.pieces->push(
      {.kind = Piece::Kind::head, .status = 200, .headers = {}, .octets = {}, .is_stream = true});
  const Piece piece{.kind = Piece::Kind::part, .octets = Bytes(1000, 'x')};
  one.fake.completions.begin(piece, seconds(10));  // at once, and behind the head all the same
  one.run(seconds(5));
  Bytes received = one.line.take();
  const std::size_t head = received.find("\r\n\r\n") + 4;
  CHECK(received.starts_with("HTTP/1.1 200 "));
  received.erase(0, head);
  CHECK(received.size() > 450);
  CHECK(received.size() < 550);
  one.run(seconds(5));
  one.fake.completions.pieces->push(piece);
  one.run(milliseconds(1));
  received += one.line.take();
  CHECK(received == "3e8\r\n" + piece.octets + "\r\n");
}

TEST_CASE("a stream that breaks ends the connection without its end, and what is no request is 400") {
  Fixture one("chat.example");
  one.connection.feed(kAsk);
  one.run(milliseconds(1));
  one.fake.completions.pieces->push(
      {.kind = Piece::Kind::head, .status = 200, .headers = {}, .octets = {}, .is_stream = true});
  one.fake.completions.pieces->push({.kind = Piece::Kind::broken, .octets = "closed"});
  one.run(milliseconds(1));
  CHECK(one.line.ending == "closed");
  CHECK(one.line.take().find("\r\n0\r\n") == Bytes::npos);
  CHECK(one.fake.completions.pieces == nullptr);
  Fixture bad("chat.example");
  bad.connection.feed("POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 3\r\n\r\nbad");
  bad.run(milliseconds(1));
  CHECK(bad.line.take().rfind("HTTP/1.1 400 ", 0) == 0);
  CHECK(bad.notices.size() == 1);
}

TEST_CASE("a speech service is a WebSocket with its frames as JSON") {
  Fixture one("speech.example");
  wire::WebSocket client = one.open("/v1/listen");
  one.run(milliseconds(1));
  client.feed(one.line.take());
  client.send_text(R"({"type":"audio","audio":"AQI="})");
  client.send_text("nonsense");
  one.connection.feed(client.take_output());
  CHECK(one.fake.speech.heard == std::vector<std::string>{R"({"type":"audio","audio":"AQI="})"});
  CHECK(one.notices.size() == 1);
  const std::optional<wire::WebSocketEvent> event = client.next();
  REQUIRE(event.has_value());
  CHECK(std::get<wire::WebSocketMessage>(*event).payload == R"({"type":"ready"})");
  client.close(1000, "");
  one.connection.feed(client.take_output());
  one.run(milliseconds(1));
  CHECK(one.fake.speech.inbox == nullptr);
  CHECK_FALSE(one.connection.is_busy());
}

TEST_CASE("what no channel answers is 404 and told of, and a sink is taken in silence") {
  Fixture one("ehr.example");
  one.connection.feed("GET /other HTTP/1.1\r\n\r\n");
  CHECK(one.line.take().rfind("HTTP/1.1 404 ", 0) == 0);
  REQUIRE(one.notices.size() == 1);
  CHECK(one.notices[0].find("http://ehr.example/other") != std::string::npos);
  Fixture sink("sink.example");
  sink.connection.feed("POST /v1/traces HTTP/1.1\r\nContent-Length: 1\r\n\r\nx");
  CHECK(sink.line.take().rfind("HTTP/1.1 200 ", 0) == 0);
  CHECK(sink.notices.empty());
}

TEST_CASE("octets that are no HTTP are answered with 400 and the end") {
  Fixture one("ehr.example");
  one.connection.feed("\x01\x02\x03\r\n\r\n");
  CHECK(one.line.take().rfind("HTTP/1.1 400 ", 0) == 0);
  CHECK(one.connection.is_over());
  CHECK(one.notices.size() == 1);
}

TEST_CASE("a WebSocket carries the model's session both ways") {
  Fixture one("model.example");
  wire::WebSocket client = one.open();
  one.fake.model.say(R"({"type":"session.created"})");
  one.run(milliseconds(1));
  client.feed(one.line.take());
  CHECK(std::get<wire::WebSocketMessage>(*client.next()).payload == R"({"type":"session.created"})");
  client.send_text(R"({"type":"response.create"})");
  client.send_text("no json");
  one.connection.feed(client.take_output());
  CHECK(one.fake.model.heard == std::vector<std::string>{R"({"type":"response.create"})", "no json"});
  CHECK(one.notices.size() == 1);
  client.close(1000, "");
  one.connection.feed(client.take_output());
  one.run(milliseconds(1));
  CHECK(one.fake.model.heard.back() == "close 1000");
  CHECK(one.line.ending == "closed");
}

TEST_CASE("a message over a slow line drips, and what is said meanwhile comes behind it") {
  Fixture one("model.example");
  wire::WebSocket client = one.open();
  const Bytes text = R"({"type":"response.output_audio.delta","delta":")" + Bytes(950, 'A') + R"("})";
  one.fake.model.begin(text, seconds(10));
  one.run(seconds(4));
  const Bytes first = one.line.take();
  CHECK(first.size() > 350);
  CHECK(first.size() < 450);
  client.feed(first);
  CHECK_FALSE(client.next().has_value());
  client.ping("are you there");
  one.connection.feed(client.take_output());
  one.run(seconds(6));
  client.feed(one.line.take());
  CHECK_FALSE(client.next().has_value());  // the last octet comes with the message
  one.fake.model.say(text);
  one.run(milliseconds(1));
  client.feed(one.line.take());
  CHECK(std::get<wire::WebSocketMessage>(*client.next()).payload == text);
  CHECK(std::get<wire::WebSocketPong>(*client.next()).payload == "are you there");
  one.fake.model.say(text);  // another one, and not the same again
  one.fake.model.begin("the third", seconds(1));
  one.run(milliseconds(500));
  client.feed(one.line.take());
  CHECK(std::get<wire::WebSocketMessage>(*client.next()).payload == text);
  CHECK_FALSE(client.next().has_value());
  one.fake.model.say("the third");
  one.run(milliseconds(1));
  client.feed(one.line.take());
  CHECK(std::get<wire::WebSocketMessage>(*client.next()).payload == "the third");
}

TEST_CASE("a session that is closed within a message ends without a close frame") {
  Fixture one("model.example");
  one.open();
  one.fake.model.begin(Bytes(1000, 'x'), seconds(10));
  one.run(seconds(4));
  CHECK_FALSE(one.line.take().empty());
  one.fake.model.end(1011, "broken");
  one.run(seconds(10));
  CHECK(one.line.take().empty());
  CHECK(one.line.ending == "closed");
}

TEST_CASE("a session that the model ends is closed with its code, and one that breaks without") {
  Fixture one("model.example");
  wire::WebSocket client = one.open();
  one.fake.model.end(1001, "session expired");
  one.run(milliseconds(1));
  client.feed(one.line.take());
  const auto closed = std::get<wire::WebSocketClosed>(*client.next());
  CHECK(closed.code == 1001);
  CHECK(closed.reason == "session expired");
  CHECK_FALSE(one.connection.is_over());
  one.connection.feed(client.take_output());
  CHECK(one.connection.is_over());

  Fixture broken("model.example");
  broken.open();
  broken.fake.model.end(1006, "reset");
  broken.run(milliseconds(1));
  CHECK(broken.line.take().empty());
  CHECK(broken.line.ending == "reset");
}

TEST_CASE("a second session beside an open one is refused, and taken when the first has ended") {
  Fixture one("model.example");
  one.open();
  FakeLine second_line;
  ServedConnection second(one.fake.world, one.services, {.host = "model.example", .port = 80, .number = 2},
                          second_line);
  const Bytes handshake =
      to_octets(wire::websocket_request("/v1/realtime", "dGhlIHNhbXBsZSBub25jZQ=="), "model.example");
  second.feed(handshake);
  one.run(milliseconds(1));
  CHECK(second_line.take().rfind("HTTP/1.1 429 ", 0) == 0);
  CHECK(one.notices.size() == 1);
  one.connection.end();
  one.run(milliseconds(1));
  one.fake.model.closed.reset();
  FakeLine third_line;
  ServedConnection third(one.fake.world, one.services, {.host = "model.example", .port = 80, .number = 3}, third_line);
  third.feed(handshake);
  one.run(milliseconds(1));
  CHECK(third_line.take().rfind("HTTP/1.1 101 ", 0) == 0);
}

TEST_CASE("a session whose client vanishes is closed as abnormal") {
  Fixture one("model.example");
  one.open();
  one.connection.end();
  CHECK(one.fake.model.heard == std::vector<std::string>{"close 1006"});
}

TEST_CASE("a model that cannot be reached does not answer the handshake") {
  Fixture one("model.example");
  one.fake.model.is_reachable = false;
  one.connection.feed(to_octets(wire::websocket_request("/v1/realtime", "dGhlIHNhbXBsZSBub25jZQ=="), "model.example"));
  one.run(milliseconds(1));
  CHECK(one.line.take().empty());
  CHECK(one.line.ending == "reset");
}

}  // namespace ringback::process
