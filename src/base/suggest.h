// "did you mean": the nearest known word to one that nobody knows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ringback {

// The word of `known` with the smallest edit distance to `word`, the earlier on a tie; empty where none is within a
// third of its length (at least 2 edits).
std::string nearest_word(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace ringback
