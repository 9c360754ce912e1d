// WebSocket connections in an HTTP archive: the messages that Chrome exports under `_webSocketMessages`.
//
//   [{"type": "send", "time": 1741968615.1, "opcode": 1, "data": "{\"type\":\"response.create\"}"}, ...]
//
// A connection whose messages are all frames of OpenAI Realtime (GA or beta names) is a model's session, from which the
// same is told apart as from any log of such frames (cassette_layout.h). Another is a stream of messages on a channel
// named by its URL. `time` is in seconds since 1970; binary messages (opcode 2) are base64.
#pragma once

#include <cstdint>
#include <string>

#include "src/formats/document.h"
#include "src/formats/redact.h"
#include "src/trace/trace.h"

namespace ringback::formats {

inline constexpr std::size_t kSocketMessagesMax = 1'000'000;

// The messages of an entry; null where it has none.
const Node* socket_messages(const Node& entry);

// The connection as a trace of its own. `start_ns` is the wall clock at virtual time 0, `opened` when the connection
// was asked for; no message is earlier.
trace::Trace read_socket(const Node& entry, std::int64_t start_ns, VirtualTime opened, Redactor& redactor);

}  // namespace ringback::formats
