// Bodies have exactly one encoding, and everything else is refused.
#include <catch2/catch.hpp>

#include "src/trace/bodies.h"

namespace ringback::trace {
namespace {

constexpr EventKind kAllKinds[] = {EventKind::channel_declared,
                                   EventKind::recording_facts,
                                   EventKind::gap,
                                   EventKind::audio,
                                   EventKind::text,
                                   EventKind::dtmf,
                                   EventKind::mark,
                                   EventKind::mark_played,
                                   EventKind::clear,
                                   EventKind::call_started,
                                   EventKind::hung_up,
                                   EventKind::opened,
                                   EventKind::message,
                                   EventKind::binary,
                                   EventKind::closed,
                                   EventKind::request,
                                   EventKind::response,
                                   EventKind::response_part,
                                   EventKind::failed,
                                   EventKind::abandoned,
                                   EventKind::published,
                                   EventKind::delivered,
                                   EventKind::acknowledged,
                                   EventKind::job_added,
                                   EventKind::job_started,
                                   EventKind::job_finished,
                                   EventKind::job_failed,
                                   EventKind::octets,
                                   EventKind::process_started,
                                   EventKind::process_signalled,
                                   EventKind::process_exited,
                                   EventKind::fault_fired,
                                   EventKind::diverged};

// Fills every field with something of its own.
struct Filler {
  std::int64_t& number;
  void operator()(std::uint8_t, const char*, std::int64_t& value) const { value = -(++number); }
  void operator()(std::uint8_t, const char*, Bytes& value, FieldForm) const {
    value = "value " + std::to_string(++number);
  }
};

TEST_CASE("the encoding of a body is its fields, tag, length, octets") {
  CHECK(encode_body(Message{.text = "hi"}) == Bytes("\x01\x02\0\0\0hi", 7));
  CHECK(encode_body(Closed{.code = 1006}) == Bytes("\x01\x08\0\0\0\xee\x03\0\0\0\0\0\0", 13));
}

TEST_CASE("defaults are left out") {
  CHECK(encode_body(Clear{}).empty());
  CHECK(encode_body(Request{.body = "b"}) == Bytes("\x02\x01\0\0\0b", 6));
}

TEST_CASE("a row is a head of 24 octets and the body") {
  const Event event{.at = VirtualTime::from_ns(-2),
                    .channel = 0x0102,
                    .kind = EventKind::message,
                    .direction = Direction::from_agent,
                    .origin = Origin::world,
                    .exchange = 7,
                    .body = "xyz"};
  Bytes row;
  append_row(event, row);
  CHECK(row == Bytes("\xfe\xff\xff\xff\xff\xff\xff\xff\x02\x01\x21\0\x02\x07\0\0\x07\0\0\0\x03\0\0\0xyz", 27));
}

TEST_CASE("a body of every kind is decoded to what was encoded, and has a name") {
  for (const EventKind kind : kAllKinds) {
    INFO(static_cast<int>(kind));
    CHECK(kind_named(name_of(kind)) == kind);
    const bool is_known = with_body_type(kind, [&]<class Body>() {
      Body body;
      std::int64_t number = 0;
      Body::describe(body, Filler{number});
      const Bytes octets = encode_body(body);
      CHECK(encode_body(decode_body<Body>(octets)) == octets);
      CHECK(Body::kKind == kind);
    });
    CHECK(is_known);
  }
}

TEST_CASE("bodies that are not canonical are refused") {
  const auto refuse = [](Bytes octets) { CHECK_THROWS_AS(decode_body<Request>(octets), Error); };
  refuse("\x01");                                       // half a head
  refuse(Bytes("\x01\x09\0\0\0short", 10));             // fewer octets than stated
  refuse(Bytes("\x01\0\0\0\0", 5));                     // a default that is not left out
  refuse(Bytes("\x02\x01\0\0\0b\x01\x01\0\0\0a", 12));  // tags that descend
  refuse(Bytes("\x01\x01\0\0\0a\x01\x01\0\0\0a", 12));  // a tag twice
  refuse(Bytes("\0\x01\0\0\0a", 6));                    // tag 0
  refuse(
      Bytes("\x01\xff\xff\xff\xff"
            "a",
            6));  // a length beyond all memory
  CHECK_THROWS_AS(decode_body<Closed>(Bytes("\x01\x08\0\0\0\0\0\0\0\0\0\0\0", 13)), Error);  // the integer 0
  CHECK_THROWS_AS(decode_body<Closed>(Bytes("\x01\x04\0\0\0\x01\0\0\0", 9)), Error);         // an integer of 4 octets
}

TEST_CASE("a field that a newer version added is skipped") {
  Bytes octets = encode_body(Message{.text = "hi"});
  append_bytes_field(200, "new", octets);
  CHECK(decode_body<Message>(octets).text == "hi");
}

TEST_CASE("one field is found without decoding the others") {
  const Bytes octets = encode_body(Response{.status = 200, .body = "b", .headers = "h"});
  CHECK(body_field(octets, 2) == "b");
  CHECK(body_field(octets, 9).empty());
}

TEST_CASE("a name that is no kind is refused with the nearest") {
  CHECK_THROWS_WITH(kind_named("respone"), Catch::Contains("response"));
}

}  // namespace
}  // namespace ringback::trace
