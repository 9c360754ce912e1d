#include "src/wire/http.h"

#include <catch2/catch.hpp>

#include "src/wire/server_sent_events.h"
#include "tests/wire/split.h"

namespace ringback::wire {
namespace {

std::vector<HttpRequest> all_requests(HttpRequestReader& reader) {
  std::vector<HttpRequest> requests;
  while (std::optional<HttpRequest> request = reader.next()) requests.push_back(std::move(*request));
  return requests;
}

}  // namespace

TEST_CASE("requests are read whatever the pieces that they arrive in") {
  const Bytes octets =
      "POST /v1/patients?x=1 HTTP/1.1\r\nHost: ehr.example\r\nContent-Type: application/json\r\nContent-Length: 13\r\n"
      "\r\n{\"name\":\"An\"}"
      "PUT /b HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n5;q=1\r\npedia\r\n0\r\nTrail: "
      "x\r\n\r\n"
      "GET /c HTTP/1.0\r\n\r\n";
  for (const auto& pieces : ways_to_arrive(octets)) {
    HttpRequestReader reader;
    std::vector<HttpRequest> requests;
    for (const BytesView piece : pieces) {
      reader.feed(piece);
      for (HttpRequest& request : all_requests(reader)) requests.push_back(std::move(request));
    }
    REQUIRE(reader.failure() == "");
    REQUIRE(requests.size() == 3);
    CHECK(requests[0].method == "POST");
    CHECK(requests[0].target == "/v1/patients?x=1");
    CHECK(field_of(requests[0].fields, "content-TYPE") == "application/json");
    CHECK(requests[0].body == "{\"name\":\"An\"}");
    CHECK(requests[0].keeps_alive);
    CHECK(requests[1].body == "Wikipedia");
    CHECK(requests[2].target == "/c");
    CHECK_FALSE(requests[2].keeps_alive);
  }
}

TEST_CASE("what follows a request for another protocol is left for that protocol") {
  HttpRequestReader reader;
  reader.feed("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x80");
  const std::optional<HttpRequest> request = reader.next();
  REQUIRE(request.has_value());
  CHECK(request->target == "/ws");
  CHECK_FALSE(reader.next().has_value());
  CHECK(reader.take_rest() == "\x81\x80");
}

TEST_CASE("a client that waits for permission to send its body is told of") {
  HttpRequestReader reader;
  reader.feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  CHECK_FALSE(reader.next().has_value());
  CHECK(reader.take_wants_continue());
  CHECK_FALSE(reader.take_wants_continue());
  reader.feed("abc");
  CHECK(reader.next()->body == "abc");
}

TEST_CASE("a request that breaks the protocol or a limit ends the reader") {
  const auto failure_of = [](const Bytes& octets) {
    HttpRequestReader reader;
    reader.feed(octets);
    CHECK_FALSE(reader.next().has_value());
    CHECK_FALSE(reader.next().has_value());
    return reader.failure();
  };
  CHECK(failure_of("\x01\x02\x03\r\n\r\n") != "");
  CHECK(failure_of("GET / HTTP/1.1\r\nA B: c\r\n\r\n") != "");
  CHECK(failure_of("GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n") != "");
  CHECK(failure_of("GET / HTTP/1.1\r\nContent-Length: 16777217\r\n\r\nx") != "");
  CHECK(failure_of("GET / HTTP/1.1\r\nX: " + Bytes(kHttpHeadBytesMax, 'x')) != "");
  CHECK(failure_of("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\nx") != "");
}

TEST_CASE("a response is read as it was written") {
  const HttpResponse sent{.status = 503,
                          .fields = {{"Content-Type", "application/json"}, {"Retry-After", "2"}},
                          .body = R"({"error":"down"})",
                          .keeps_alive = false};
  const Bytes octets = to_octets(sent);
  for (const auto& pieces : ways_to_arrive(octets)) {
    HttpResponseReader reader;
    std::optional<HttpResponse> read;
    for (const BytesView piece : pieces) {
      reader.feed(piece);
      if (!read.has_value()) read = reader.next();
    }
    REQUIRE(read.has_value());
    CHECK(read->status == 503);
    CHECK(read->reason == "Service Unavailable");
    CHECK(read->body == sent.body);
    CHECK(field_of(read->fields, "Retry-After") == "2");
    CHECK_FALSE(read->keeps_alive);
  }
}

TEST_CASE("a response in pieces arrives as one body") {
  const Bytes octets = chunked_head({.status = 200, .fields = {{"Content-Type", "text/event-stream"}}, .body = ""}) +
                       chunk(server_sent_event("delta", "{\"a\":1}")) + chunk("") +
                       chunk(server_sent_event("", "two")) + last_chunk();
  HttpResponseReader reader;
  reader.feed(octets);
  const std::optional<HttpResponse> read = reader.next();
  REQUIRE(read.has_value());
  CHECK(read->body == "event: delta\ndata: {\"a\":1}\n\ndata: two\n\n");
}

TEST_CASE("a body without a length ends with the connection") {
  HttpResponseReader reader;
  reader.feed("HTTP/1.1 200 OK\r\n\r\nhalf of it");
  CHECK_FALSE(reader.next().has_value());
  reader.end();
  CHECK(reader.next()->body == "half of it");
}

TEST_CASE("a request is read as it was written") {
  HttpRequestReader reader;
  reader.feed(
      to_octets({.method = "POST", .target = "/twiml", .fields = {{"X-A", "b"}}, .body = "CallSid=1"}, "agent:80"));
  const std::optional<HttpRequest> read = reader.next();
  REQUIRE(read.has_value());
  CHECK(read->body == "CallSid=1");
  CHECK(field_of(read->fields, "host") == "agent:80");
  CHECK(field_of(read->fields, "x-a") == "b");
}

}  // namespace ringback::wire
