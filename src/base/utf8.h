// Whether octets are text.
#pragma once

#include "src/base/bytes.h"

namespace ringback {

// True where `octets` is well-formed UTF-8 (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above
// U+10FFFF).
bool is_utf8(BytesView octets);

}  // namespace ringback
