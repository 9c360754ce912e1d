// Files with one JSON value a line.
#pragma once

#include <functional>

#include "src/formats/document.h"

namespace ringback::formats {

inline constexpr std::size_t kJsonLinesMax = 2'000'000;

// Calls `use` with each line that is not blank, in order. Throws Error ("NAME: line N: ...") where one is no JSON,
// there are too many, or there is none.
void for_each_json_line(std::string_view name, BytesView data, const std::function<void(const Node& line)>& use);

// The first line that is not blank, and nothing more: for detection.
BytesView first_line(BytesView head);

}  // namespace ringback::formats
