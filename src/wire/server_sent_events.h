// Server-sent events (WHATWG HTML, 9.2), as far as model streams use them: taken apart from octets that arrive in any
// pieces, and written.
//
//   ServerSentEvents stream;
//   for (const ServerSentEvent& event : stream.feed(octets)) use(event.name, event.data);
#pragma once

#include <vector>

#include "src/base/bytes.h"

namespace ringback::wire {

struct ServerSentEvent {
  Bytes name;  // of the `event:` line; empty where there is none
  Bytes data;  // of the `data:` lines, joined by line feeds

  friend bool operator==(const ServerSentEvent&, const ServerSentEvent&) = default;
};

class ServerSentEvents {
 public:
  // One event may not be longer.
  static constexpr std::size_t kEventBytesMax = 16u << 20;

  // The events that these octets complete, in order. Comments, and events without data, are left out. Throws Error
  // where an event passes the limit.
  std::vector<ServerSentEvent> feed(BytesView octets);
  // The event that the end of the stream completes, where its blank line is missing.
  std::vector<ServerSentEvent> finish();

 private:
  void take_line(BytesView line, std::vector<ServerSentEvent>& events);

  Bytes line_;  // without its end yet
  ServerSentEvent event_;
  bool has_data_ = false;
};

// "event: NAME\ndata: DATA\n\n", without the first line where `name` is empty. `data` has no line feeds.
Bytes server_sent_event(std::string_view name, BytesView data);

}  // namespace ringback::wire
