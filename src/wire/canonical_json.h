// One text for all JSON texts that mean the same value: what arguments and bodies are matched by.
//
// Keys are sorted by their octets (of several equal keys the last counts), there is no white space, strings are escaped
// as little as possible, and numbers are compared as decimal numbers, exactly: 1.0, 10e-1 and 1 are the same, 0.1 and
// 0.10000000000000000001 are not.
#pragma once

#include <optional>

#include "src/base/bytes.h"

namespace ringback::wire {

inline constexpr int kJsonDepthMax = 128;

// The canonical text of `json`; `json` itself where it is not JSON (RFC 8259) or nested deeper than kJsonDepthMax.
Bytes canonical_json(BytesView json);
// The same, or nothing where it is not JSON.
std::optional<Bytes> try_canonical_json(BytesView json);

// Whether a body is of no use to whoever expects a tool's answer: nothing at all, or something that begins as JSON does
// (an object, an array, a string) and is none. Plain text is an answer.
bool is_broken_answer(BytesView body);

}  // namespace ringback::wire
