#include "src/wire/websocket.h"

#include <catch2/catch.hpp>

#include "tests/wire/split.h"

namespace ringback::wire {
namespace {

using Role = WebSocket::Role;
constexpr RandomKey kMasks{.seed = 1, .domain = "test", .entity = "masks"};

std::vector<WebSocketEvent> all_events(WebSocket& end) {
  std::vector<WebSocketEvent> events;
  while (std::optional<WebSocketEvent> event = end.next()) events.push_back(std::move(*event));
  return events;
}

// The close code with which an end ends after these octets; 0 where it does not end.
int code_after(Role role, BytesView octets) {
  WebSocket end(role, kMasks);
  end.feed(octets);
  const std::vector<WebSocketEvent> events = all_events(end);
  if (events.empty()) return 0;
  const auto* const closed = std::get_if<WebSocketClosed>(&events.back());
  return closed == nullptr ? 0 : closed->code;
}

}  // namespace

TEST_CASE("messages of every length arrive as they were sent, both ways, in any pieces") {
  for (const Role from : {Role::client, Role::server}) {
    const Role to = from == Role::client ? Role::server : Role::client;
    WebSocket sender(from, kMasks);
    const std::vector<Bytes> texts = {"", "a", Bytes(125, 'b'), Bytes(126, 'c'), "\xc3\xa9", Bytes(300, 'd')};
    for (const Bytes& text : texts) sender.send_text(text);
    sender.send_binary(Bytes("\x00\xff", 2));
    const Bytes octets = sender.take_output();
    for (const auto& pieces : ways_to_arrive(octets)) {
      WebSocket receiver(to, kMasks);
      std::vector<WebSocketEvent> events;
      for (const BytesView piece : pieces) {
        receiver.feed(piece);
        for (WebSocketEvent& event : all_events(receiver)) events.push_back(std::move(event));
      }
      REQUIRE(events.size() == texts.size() + 1);
      for (std::size_t i = 0; i < texts.size(); ++i) {
        if (std::get<WebSocketMessage>(events[i]).payload != texts[i]) FAIL("message " << i << " differs");
      }
      CHECK_FALSE(std::get<WebSocketMessage>(events.back()).is_text);
    }
  }
  WebSocket sender(Role::server);
  sender.send_text(Bytes(70'000, 'x'));
  WebSocket receiver(Role::client, kMasks);
  receiver.feed(sender.take_output());
  CHECK(std::get<WebSocketMessage>(*receiver.next()).payload.size() == 70'000);
}

TEST_CASE("fragments make one message, and a ping between them is answered") {
  WebSocket client(Role::client, kMasks);
  client.feed(
      Bytes("\x01\x02"
            "ab"
            "\x89\x01"
            "p"
            "\x00\x01"
            "c"
            "\x80\x01"
            "d",
            13));
  const std::vector<WebSocketEvent> events = all_events(client);
  REQUIRE(events.size() == 1);
  CHECK(std::get<WebSocketMessage>(events[0]).payload == "abcd");
  WebSocket server(Role::server);
  server.feed(client.take_output());
  CHECK(std::get<WebSocketPong>(*server.next()).payload == "p");
}

TEST_CASE("a close frame is answered with the same code and ends the connection") {
  WebSocket server(Role::server);
  WebSocket client(Role::client, kMasks);
  client.close(4001, "enough");
  client.send_text("too late");
  server.feed(client.take_output());
  const auto closed = std::get<WebSocketClosed>(*server.next());
  CHECK(closed.code == 4001);
  CHECK(closed.reason == "enough");
  CHECK_FALSE(closed.by_us);
  CHECK(server.is_finished());
  client.feed(server.take_output());
  const auto echoed = std::get<WebSocketClosed>(*client.next());
  CHECK(echoed.code == 4001);
  CHECK(echoed.by_us);
}

TEST_CASE("a close frame without a code is 1005, and an end without one 1006") {
  WebSocket server(Role::server);
  WebSocket client(Role::client, kMasks);
  client.close(kWebSocketNoCode, "");
  server.feed(client.take_output());
  CHECK(std::get<WebSocketClosed>(*server.next()).code == kWebSocketNoCode);
  client.end();
  CHECK(std::get<WebSocketClosed>(*client.next()).code == kWebSocketAbnormal);
}

TEST_CASE("a reason is cut where it does not fit, between characters") {
  WebSocket server(Role::server);
  Bytes reason;
  for (int i = 0; i < 100; ++i) reason += "\xc3\xa9";
  server.close(1001, reason);
  WebSocket client(Role::client, kMasks);
  client.feed(server.take_output());
  CHECK(std::get<WebSocketClosed>(*client.next()).reason.size() == 122);
}

TEST_CASE("what the standard forbids ends the connection with its code") {
  CHECK(code_after(Role::client, "\xc1\x01x") == 1002);            // a reserved bit, as compression sets it
  CHECK(code_after(Role::client, "\x83\x01x") == 1002);            // an opcode that is none
  CHECK(code_after(Role::client, "\x81\x81mask!") == 1002);        // a masked frame from a server
  CHECK(code_after(Role::server, "\x81\x01x") == 1002);            // an unmasked one from a client
  CHECK(code_after(Role::client, Bytes("\x09\x00", 2)) == 1002);   // a ping in fragments
  CHECK(code_after(Role::client, "\x89\x7e") == 1002);             // a long ping
  CHECK(code_after(Role::client, Bytes("\x80\x01x", 3)) == 1002);  // a continuation of nothing
  CHECK(code_after(Role::client, "\x01\x01x\x81\x01y") == 1002);   // two messages in each other
  CHECK(code_after(Role::client, "\x81\x02\xc3\x28") == 1007);     // no UTF-8
  CHECK(code_after(Role::client, Bytes("\x88\x01x", 3)) == 1002);  // half a code
  CHECK(code_after(Role::client, "\x88\x02\x03\xed") == 1002);     // 1005 on the wire
  CHECK(code_after(Role::client, "\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff") == 1009);
  CHECK(code_after(Role::client, Bytes("\x81\x7f\x00\x00\x00\x00\x01\x00\x00\x01", 10)) == 1009);
  CHECK(code_after(Role::client, Bytes("\x01\x01x\x80\x7f\x00\x00\x00\x00\x01\x00\x00\x00", 13)) == 1009);
  CHECK(code_after(Role::client, "\x81\x7e\xff") == 0);  // not whole yet
}

TEST_CASE("the masks of a client are its key's and of nothing else") {
  const auto octets = [](Seed seed) {
    WebSocket client(Role::client, {.seed = seed, .domain = "test", .entity = "a"});
    client.send_text("the same");
    client.send_text("the same");
    return client.take_output();
  };
  CHECK(octets(1) == octets(1));
  CHECK(octets(1) != octets(2));
  CHECK(octets(1).substr(0, 14) != octets(1).substr(14));
}

TEST_CASE("the key of the standard's example is answered as the standard says") {
  CHECK(accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("a good handshake is accepted without extensions, a bad one refused") {
  const std::string key = websocket_key(RandomStream(kMasks));
  HttpRequest request = websocket_request("/media", key);
  request.fields.push_back({"Sec-WebSocket-Extensions", "permessage-deflate"});
  request.fields.push_back({"Sec-WebSocket-Protocol", "realtime, other"});
  const HttpResponse accepted = accept_websocket(request);
  CHECK(accepted.status == 101);
  CHECK(field_of(accepted.fields, "Sec-WebSocket-Accept") == accept_key(key));
  CHECK(field_of(accepted.fields, "Sec-WebSocket-Protocol") == "realtime");
  CHECK(field_of(accepted.fields, "Sec-WebSocket-Extensions").empty());
  CHECK(to_octets(accepted).find("Content-Length") == Bytes::npos);

  HttpRequest bad_key = websocket_request("/media", "short");
  CHECK(accept_websocket(bad_key).status == 400);
  HttpRequest old = websocket_request("/media", key);
  old.fields[2].value = "8";
  CHECK(accept_websocket(old).status == 426);
  CHECK(accept_websocket({.method = "GET", .target = "/", .fields = {}, .body = ""}).status == 400);
}

}  // namespace ringback::wire
