// Messages of Twilio Media Streams: the JSON that the phone network and an agent's WebSocket server exchange.
//
// Twilio is the client: connected, start, then media on a grid of 20 ms with mark and dtmf between, and stop. The agent
// sends media, mark and clear. All counters are strings, as on the wire.
//
//   TwilioStream stream({.stream_sid = "MZ...", .call_sid = "CA...", .account_sid = "AC..."});
//   send(stream.connected()); send(stream.start()); send(stream.media(milliseconds(20), frame));
//   std::optional<TwilioCommand> command = parse_twilio_command(text);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "src/base/bytes.h"
#include "src/base/time.h"

namespace ringback::wire {

struct TwilioIds {
  std::string stream_sid;
  std::string call_sid;
  std::string account_sid;
};

// What Twilio says in one stream, with its counters. Each function gives the next message's JSON.
class TwilioStream {
 public:
  explicit TwilioStream(TwilioIds ids) : ids_(std::move(ids)) {}

  Bytes connected() const;
  Bytes start();
  // `at` counts from the start of the stream; `samples` is mu-law at 8 kHz.
  Bytes media(Duration at, BytesView samples);
  Bytes mark(std::string_view name);
  Bytes dtmf(std::string_view digit);
  Bytes stop();

 private:
  Bytes next_number() { return std::to_string(++number_); }

  TwilioIds ids_;
  std::uint64_t number_ = 0;
  std::uint64_t chunk_ = 0;
};

struct TwilioMedia {
  Bytes samples;
};
struct TwilioMark {
  std::string name;
};
struct TwilioClear {};
using TwilioCommand = std::variant<TwilioMedia, TwilioMark, TwilioClear>;

// What the agent's server asks for. Nothing for an event that Twilio does not know, and for what is not JSON or lacks
// its payload: Twilio reports such a message and goes on.
std::optional<TwilioCommand> parse_twilio_command(BytesView text);

}  // namespace ringback::wire
