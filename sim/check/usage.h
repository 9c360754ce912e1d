// What a model reports of its usage.
#pragma once

#include <cstdint>
#include <optional>

#include "src/base/bytes.h"

namespace ringback::sim {

struct Usage {
  std::uint64_t input_tokens = 0;
  std::uint64_t output_tokens = 0;
};

// Of a response.done frame, as JSON text; nothing where it reports none. Numbers that nobody could have used are
// capped.
std::optional<Usage> usage_in(BytesView frame);

}  // namespace ringback::sim
