#include "src/wire/twilio.h"

#include <catch2/catch.hpp>

namespace ringback::wire {

TEST_CASE("a stream counts its messages and its chunks, as text") {
  TwilioStream stream({.stream_sid = "MZ1", .call_sid = "CA1", .account_sid = "AC1"});
  CHECK(stream.connected() == R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
  CHECK(stream.start() ==
        R"({"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"MZ1","callSid":"CA1",)"
        R"("tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},)"
        R"("customParameters":{}},"streamSid":"MZ1"})");
  CHECK(stream.media(milliseconds(20), "\xff\xff") ==
        R"({"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":"20",)"
        R"("payload":"//8="},"streamSid":"MZ1"})");
  CHECK(stream.mark("m") == R"({"event":"mark","sequenceNumber":"3","streamSid":"MZ1","mark":{"name":"m"}})");
  CHECK(stream.dtmf("5") ==
        R"({"event":"dtmf","streamSid":"MZ1","sequenceNumber":"4","dtmf":{"track":"inbound_track","digit":"5"}})");
  CHECK(stream.stop() ==
        R"({"event":"stop","sequenceNumber":"5","streamSid":"MZ1","stop":{"accountSid":"AC1","callSid":"CA1"}})");
}

TEST_CASE("what an agent's server sends is read, and what makes no sense is nothing") {
  const auto media = parse_twilio_command(R"({"event":"media","streamSid":"MZ1","media":{"payload":"//8="}})");
  REQUIRE(media.has_value());
  CHECK(std::get<TwilioMedia>(*media).samples == "\xff\xff");
  const auto mark = parse_twilio_command(R"({"event":"mark","streamSid":"MZ1","mark":{"name":"end"}})");
  REQUIRE(mark.has_value());
  CHECK(std::get<TwilioMark>(*mark).name == "end");
  CHECK(std::holds_alternative<TwilioClear>(*parse_twilio_command(R"({"event":"clear","streamSid":"MZ1"})")));
  for (const char* text :
       {"", "[]", "{", R"({"event":7})", R"({"event":"media"})", R"({"event":"media","media":{"payload":"?"}})",
        R"({"event":"mark","mark":{}})", R"({"event":"hello"})"}) {
    CHECK_FALSE(parse_twilio_command(text).has_value());
  }
  CHECK_FALSE(parse_twilio_command(Bytes(100'000, '[')).has_value());
}

}  // namespace ringback::wire
