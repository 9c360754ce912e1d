// Whether somebody's words claim that something was done.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ringback::sim {

// What claims success where a property names no words of its own. English.
const std::vector<std::string>& default_claim_words();

// The first sentence of `text` that has one of `words` (whole words, whatever the case) and is neither a question nor
// has a word that denies it or puts it off (not, unable, sorry, if, once, will ...). Empty where there is none.
std::string claim_in(std::string_view text, const std::vector<std::string>& words);

}  // namespace ringback::sim
