#include "src/process/served_connection.h"

#include <catch2/catch.hpp>

#include "tests/process/fake_world.h"

namespace ringback::process {
namespace {

constexpr RandomKey kMasks{.seed = 1, .domain = "test", .entity = "masks"};
constexpr const char* kPost = "POST /v1/patients HTTP/1.1\r\nHost: ehr.example\r\nContent-Length: 7\r\n\r\n{\"a\":1}";

const std::vector<trace::Channel> kChannels = {
    {.id = 1, .kind = trace::ChannelKind::model, .name = "model", .url = "ws://model.example/v1/realtime"},
    {.id = 2, .kind = trace::ChannelKind::tool, .name = "tool:ehr.lookup", .url = "http://ehr.example/v1/patients"}};

// One connection to `host` in a world of its own.
struct Fixture {
  explicit Fixture(std::string host)
      : connection(fake.world, services, {.host = std::move(host), .port = 80, .number = 1}, line) {}

  void run(Duration duration) { fake.kernel.run(fake.kernel.now() + duration); }
  // Opens a WebSocket to the model; gives the client's end.
  wire::WebSocket open() {
    connection.feed(
        to_octets(wire::websocket_request("/v1/realtime?model=x", "dGhlIHNhbXBsZSBub25jZQ=="), "model.example"));
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
