// Which endpoint of the agent is which channel: what the trace's channels say of themselves (their URLs), and the
// overlay's `bind` and `sink`.
//
// A pattern is scheme://host[:port]/path. `*` stands for any characters, `{name}` for one segment of the path, which
// becomes an argument of that name. The query is not part of it. A bind wins over a sink, a sink over the trace.
//
//   Endpoints endpoints(recording.channels.channels(), schedule);
//   endpoints.reach("ehr.example", 443);                                       // Reach::peers
//   Destination to = endpoints.find({.is_tls = true, .host = "ehr.example", .port = 443, .target = "/v1/patients"});
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/faults/schedule.h"
#include "src/trace/trace.h"

namespace ringback::process {

struct Endpoint {
  bool is_tls = false;
  std::string host;
  std::uint16_t port = 0;
  std::string target;  // path and query, as in a request
};
// "https://ehr.example/v1/patients?x=1", without the port that the scheme implies.
std::string to_text(const Endpoint& endpoint);

struct Destination {
  enum class Kind {
    model,       // a Realtime session
    completion,  // a model that is asked request by request
    transcriber,
    synthesizer,
    tool,
    sink,
    nobody,
  };
  Kind kind = Kind::nobody;
  std::string channel;
  // Of the pattern's {names}, in order.
  std::vector<std::pair<std::string, std::string>> captured;
};

// Who may be behind a host and port, before anything was asked of it.
enum class Reach { peers, sink, nobody };

class Endpoints {
 public:
  // Throws Error where a pattern is not of the form above.
  Endpoints(const std::vector<trace::Channel>& channels, const sim::Schedule& schedule);

  Reach reach(std::string_view host, std::uint16_t port) const;
  // Whether any pattern names the host, whatever the port.
  bool knows(std::string_view host) const;
  Destination find(const Endpoint& endpoint) const;
  // The channels that may be meant by a host and port (0: whatever the port), each once, in the order of the patterns.
  std::vector<std::string> channels_at(std::string_view host, std::uint16_t port) const;

 private:
  struct Pattern {
    bool is_tls = false;
    std::string host;  // lower case
    std::uint16_t port = 0;
    std::string path;
    Destination::Kind kind = Destination::Kind::nobody;
    std::string channel;
  };
  void add(std::string_view url, Destination::Kind kind, const std::string& channel, const std::string& where);

  std::vector<Pattern> patterns_;
};

// The arguments of a tool call as one JSON text: the body where there is nothing else; else an object with what the
// pattern captured, the query's parameters (texts all), and the members of a body that is an object.
Bytes arguments_of(const Destination& destination, std::string_view target, BytesView body);

}  // namespace ringback::process
