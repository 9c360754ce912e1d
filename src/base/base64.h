// Base64 (RFC 4648, standard alphabet, padded).
#pragma once

#include <optional>
#include <string>

#include "src/base/bytes.h"

namespace ringback {

std::string base64_encode(BytesView data);
// The decoded octets, or nothing where `text` is not canonical: wrong length, foreign characters, missing padding, or
// unused bits that are not zero. What this accepts, base64_encode writes back identically.
std::optional<Bytes> base64_decode(std::string_view text);

}  // namespace ringback
