// A recorded answer of a completion model in the form that a request asks for: as server-sent events, or as one body.
#pragma once

#include <vector>

#include "sim/peers/recorded_completions.h"

namespace ringback::sim {

// `script` itself where it has that form already, and where it holds no whole answer. An answer that becomes a stream
// comes all at once, one that becomes a body when its last part came.
std::vector<CompletionEvent> in_form(wire::CompletionProtocol protocol, bool as_stream,
                                     std::vector<CompletionEvent> script);

}  // namespace ringback::sim
