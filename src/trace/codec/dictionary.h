// The built-in dictionary: what a small file does not have to say itself, because every reader knows it.
//
// It is frozen: a file that was made with it needs it to the octet. Another one would be another feature (features.h).
// It is plain text and no trained one, so that it can be read, and so that a frame that was made without it unfolds
// with it as well.
#pragma once

#include "src/base/bytes.h"

namespace ringback::trace {

BytesView dictionary();

}  // namespace ringback::trace
