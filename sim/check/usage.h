// What a model reports of its usage.
#pragma once

#include <optional>

#include "sim/check/timeline.h"
#include "src/wire/completion.h"

namespace ringback::sim {

// Of a Realtime response.done frame, as JSON text; nothing where it reports none. Numbers that nobody could have used
// are capped.
std::optional<wire::CompletionUsage> usage_in(BytesView frame);

// Adds what one response took to it and to the cost of the call.
void note_usage(const wire::CompletionUsage& usage, ModelResponse& response, Cost& cost);

}  // namespace ringback::sim
