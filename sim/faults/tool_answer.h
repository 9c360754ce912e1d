// What the actions of the tool family make of an answer. Pure: the same answer gives the same damage.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/faults/schedule.h"
#include "src/trace/bodies.h"
#include "src/trace/event.h"

namespace ringback::sim {

// A tool's answer while the faults that match act on it, one after the other.
struct DamagedAnswer {
  trace::Event event;             // kind response or failed
  bool body_is_injected = false;  // a fault wrote the body: a later `status` keeps it
};

// Acts on `answer` and says what it did, or nothing where there is nothing to act on (a body shorter than a `partial`).
// An exchange that failed counts as an empty 200 for every action that writes an answer. `channel` is "tool:NAME".
// Takes status, body, malformed, wrong_schema, huge, partial and unknown_tool.
std::optional<std::string> damage(const Action& action, std::string_view channel, DamagedAnswer& answer);

// A proper prefix of `body` that is not JSON. A body that is no object, list or string is put into an object first,
// which is cut.
Bytes cut_inside_json(BytesView body);
// JSON of another shape: a list where `body` is not a list, an object where it is.
Bytes other_shape(BytesView body);
// A JSON string of exactly `size` octets; at least 2.
Bytes padded_json_string(std::size_t size);

}  // namespace ringback::sim
