// The caller's end of the line: dials the agent's own WebSocket server, as Twilio Media Streams would for one who
// speaks, and as a chat window for one who types (call_talk.h says what is said then).
//
// What the agent sends is queued, played and cleared by the caller's play-out; marks come back when everything before
// them has been played. One line is one connection; a call whose line broke can have another one.
//
//   PhoneLine phone(world, line, {.host = "localhost:5050", .target = "/media-stream"});   // sends the handshake
//   phone.feed(octets);
//   phone.is_over();   // the call has ended, and the connection with it
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "sim/agents/port.h"
#include "sim/kernel/scope.h"
#include "src/process/call_talk.h"
#include "src/process/line.h"
#include "src/wire/http.h"
#include "src/wire/websocket.h"

namespace ringback::process {

class PhoneLine {
 public:
  struct Address {
    std::string host;           // for the Host field
    std::string target;         // path and query
    std::uint32_t attempt = 1;  // of this call: how often it has been dialled
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
  sim::Task<void> forward_caller();
  void take_messages();
  void say(BytesView message);
  void flush();

  sim::AgentWorld& world_;
  Line& line_;
  Address address_;
  std::string key_;
  wire::HttpResponseReader reader_;
  std::optional<wire::WebSocket> websocket_;
  std::unique_ptr<CallTalk> talk_;
  bool caller_has_hung_up_ = false;
  bool agent_hung_up_ = false;
  bool is_over_ = false;
  sim::Scope work_;  // last: its task uses all of the above
};

}  // namespace ringback::process
