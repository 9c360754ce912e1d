// Words as they are compared: letters and digits in lower case, everything else between them one space.
#pragma once

#include <string>
#include <string_view>

namespace ringback::sim {

// "Hello, Ada!" is "hello ada". Only ASCII changes its case.
std::string plain_words(std::string_view text);

}  // namespace ringback::sim
