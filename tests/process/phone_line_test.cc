#include "src/process/phone_line.h"

#include <catch2/catch.hpp>

#include "tests/process/fake_world.h"

namespace ringback::process {
namespace {

// The agent's server, as far as a test needs it.
class Server {
 public:
  explicit Server(FakeLine& line) : line_(line) {}

  // Takes the handshake that the phone sent and gives the answer to it.
  Bytes accept() {
    reader_.feed(line_.take());
    const std::optional<wire::HttpRequest> request = reader_.next();
    REQUIRE(request.has_value());
    target = request->target;
    return to_octets(wire::accept_websocket(*request));
  }
  // What the phone said since, message by message; "closed CODE" for its end.
  std::vector<std::string> messages() {
    socket.feed(line_.take());
    std::vector<std::string> all;
    while (std::optional<wire::WebSocketEvent> event = socket.next()) {
      if (const auto* message = std::get_if<wire::WebSocketMessage>(&*event)) all.push_back(message->payload);
      if (const auto* closed = std::get_if<wire::WebSocketClosed>(&*event))
        all.push_back(fmt::format("closed {}", closed->code));
    }
    return all;
  }

  std::string target;
  wire::WebSocket socket{wire::WebSocket::Role::server};

 private:
  FakeLine& line_;
  wire::HttpRequestReader reader_;
};

constexpr const char* kMedia = R"({"event":"media","streamSid":"x","media":{"payload":"//8="}})";

}  // namespace

TEST_CASE("a call is begun, forwarded both ways and ended as the phone network does it") {
  FakeWorld fake;
  FakeLine line;
  PhoneLine phone(fake.world, line, {.host = "localhost:5050", .target = "/media-stream?a=1"});
  Server server(line);
  phone.feed(server.accept());
  CHECK(server.target == "/media-stream?a=1");
  fake.kernel.run(VirtualTime() + milliseconds(5));

  fake.caller.inbox().push(sim::CallerAudio{"\x01\x02"});
  fake.caller.inbox().push(sim::CallerDigit{"5"});
  fake.caller.inbox().push(sim::CallerMarkPlayed{"m1"});
  fake.kernel.run(VirtualTime() + milliseconds(40));
  const std::vector<std::string> said = server.messages();
  REQUIRE(said.size() == 5);
  CHECK(said[0].find(R"("event":"connected")") != std::string::npos);
  CHECK(said[1].find(R"("event":"start","sequenceNumber":"1")") != std::string::npos);
  CHECK(said[2].find(R"("chunk":"1","timestamp":"0","payload":"AQI=")") != std::string::npos);
  CHECK(said[3].find(R"("digit":"5")") != std::string::npos);
  CHECK(said[4].find(R"("mark":{"name":"m1"})") != std::string::npos);

  server.socket.send_text(kMedia);
  server.socket.send_text(R"({"event":"mark","mark":{"name":"m2"}})");
  server.socket.send_text("nonsense");
  server.socket.send_text(R"({"event":"clear"})");
  phone.feed(server.socket.take_output());
  CHECK(fake.caller.heard == std::vector<std::string>{"audio \xff\xff", "mark m2", "clear"});

  fake.caller.inbox().push(sim::CallerHungUp{});
  fake.kernel.run(VirtualTime() + milliseconds(60));
  const std::vector<std::string> last = server.messages();
  REQUIRE(last.size() == 2);
  CHECK(last[0].find(R"("event":"stop")") != std::string::npos);
  CHECK(last[1] == "closed 1000");
  CHECK_FALSE(phone.is_over());
  phone.feed(server.socket.take_output());
  CHECK(phone.is_over());
  CHECK_FALSE(phone.agent_hung_up());
  CHECK(line.ending == "closed");
}

TEST_CASE("an agent that ends the stream has hung up") {
  for (const bool says_goodbye : {true, false}) {
    FakeWorld fake;
    FakeLine line;
    PhoneLine phone(fake.world, line, {.host = "localhost", .target = "/"});
    Server server(line);
    phone.feed(server.accept());
    if (says_goodbye) {
      server.socket.close(1000, "");
      phone.feed(server.socket.take_output());
    } else {
      phone.end();
    }
    CHECK(phone.agent_hung_up());
    CHECK(phone.is_over());
  }
}

TEST_CASE("a server that does not take the call is told of") {
  const auto message = [](const Bytes& answer, bool ends) {
    FakeWorld fake;
    FakeLine line;
    PhoneLine phone(fake.world, line, {.host = "localhost:1", .target = "/x"});
    try {
      phone.feed(answer);
      if (ends) phone.end();
      return std::string("no error");
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  CHECK(message("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", false) ==
        "the agent's server at localhost:1/x did not take the call's WebSocket: expected 101, found 404; --dial names "
        "another");
  CHECK(
      message("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\n\r\n", false).find("with a wrong key") !=
      std::string::npos);
  CHECK(message("SSH-2.0-x\r\n\r\n", false).find("no HTTP") != std::string::npos);
  CHECK(message("", true).find("before it took the call") != std::string::npos);
}

TEST_CASE("sound that the phone network does not carry is refused") {
  FakeWorld fake;
  FakeLine line;
  fake.caller.sound = audio::Format{audio::Encoding::pcm16le, 24'000};
  CHECK_THROWS_AS(PhoneLine(fake.world, line, {.host = "a", .target = "/"}), Error);
}

TEST_CASE("a caller who types is a chat window that says and takes text as JSON") {
  FakeWorld fake;
  fake.caller.sound.reset();
  FakeLine line;
  PhoneLine phone(fake.world, line, {.host = "localhost:1", .target = "/chat"});
  Server server(line);
  phone.feed(server.accept());
  fake.caller.inbox().push(sim::CallerText{"where is my \"lamp\"?"});
  fake.kernel.run(VirtualTime() + milliseconds(5));
  CHECK(server.messages() == std::vector<std::string>{R"({"text":"where is my \"lamp\"?"})"});
  server.socket.send_text(R"({"text":"Let me look."})");
  server.socket.send_text(R"({"typing":true})");
  server.socket.send_text("Plain words.");
  phone.feed(server.socket.take_output());
  CHECK(fake.caller.heard == std::vector<std::string>{"text Let me look.", "text Plain words."});
  fake.caller.inbox().push(sim::CallerHungUp{});
  fake.kernel.run(VirtualTime() + milliseconds(10));
  CHECK(server.messages() == std::vector<std::string>{"closed 1000"});
}

TEST_CASE("a call's second line has another stream and the same call") {
  const auto start_of = [](std::uint32_t attempt) {
    FakeWorld fake;
    FakeLine line;
    PhoneLine phone(fake.world, line, {.host = "a", .target = "/", .attempt = attempt});
    Server server(line);
    phone.feed(server.accept());
    const std::vector<std::string> said = server.messages();
    REQUIRE(said.size() == 2);
    return said[1];
  };
  const auto sid_in = [](const std::string& text, const char* letters) { return text.substr(text.find(letters), 34); };
  CHECK(sid_in(start_of(1), "MZ") != sid_in(start_of(2), "MZ"));
  CHECK(sid_in(start_of(1), "CA") == sid_in(start_of(2), "CA"));
}

}  // namespace ringback::process
