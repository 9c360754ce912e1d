// Where the events of a streamed HTTP body end.
#pragma once

#include <vector>

#include "src/base/bytes.h"

namespace ringback::formats {

// The events of a streamed body: each piece ends where one of them does; joined they are `body`. One piece where the
// body is no stream that `content_type` (or, where that is empty, the body's beginning) announces. Known are
// server-sent events (an event ends with its blank line), JSON lines, and AWS event streams (each message states its
// length).
std::vector<BytesView> stream_parts(std::string_view content_type, BytesView body);

}  // namespace ringback::formats
