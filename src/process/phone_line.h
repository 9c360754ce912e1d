// The caller's end of the phone: dials the agent's own WebSocket server as Twilio Media Streams would.
//
// What the agent sends is queued, played and cleared by the caller's play-out; marks come back when everything before
// them has been played. One call, one connection.
//
//   PhoneLine phone(world, line, {.host = "localhost:5050", .target = "/media-stream"});   // sends the handshake
//   phone.feed(octets);
//   phone.is_over();   // the call has ended, and the connection with it
#pragma once

#include <optional>
#include <string>

#include "sim/agents/port.h"
#include "sim/kernel/scope.h"
#include "src/process/line.h"
#include "src/wire/http.h"
#include "src/wire/twilio.h"
#include "src/wire/websocket.h"

namespace ringback::process {

class PhoneLine {
 public:
  struct Address {
    std::string host;    // for the Host field
    std::string target;  // path and query
  };
  // `world` and `line` outlive the phone. Throws Error where the caller's sound is not what Twilio carries.
  PhoneLine(sim::AgentWorld& world, Line& line, const Address& address);
  PhoneLine(const PhoneLine&) = delete;
  PhoneLine& operator=(const PhoneLine&) = delete;

  // Throw Error where the agent's server refuses the call.
  void feed(BytesView octets);
  void end();
  bool is_over() const { return is_over_; }
  // The agent ended the call, and not the caller.
  bool agent_hung_up() const { return agent_hung_up_; }

 private:
  void take_answer();
  void begin_stream();
  sim::Task<void> forward_caller();
  void forward(const sim::CallerInput& input);
  void take_messages();
  void obey(const wire::TwilioCommand& command);
  void say(BytesView message);
  void flush();
  void hang_up();

  sim::AgentWorld& world_;
  Line& line_;
  Address address_;
  std::string key_;
  wire::HttpResponseReader reader_;
  std::optional<wire::WebSocket> websocket_;
  wire::TwilioStream stream_;
  VirtualTime stream_began_;
  bool caller_has_hung_up_ = false;
  bool agent_hung_up_ = false;
  bool is_over_ = false;
  sim::Scope work_;  // last: its task uses all of the above
};

}  // namespace ringback::process
