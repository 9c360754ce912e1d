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
// The same into memory that is used again; false for nothing, and `out` is then unspecified.
bool base64_decode(std::string_view text, Bytes& out);
// Appends what base64_encode returns.
void append_base64(BytesView data, std::string& out);

}  // namespace ringback
