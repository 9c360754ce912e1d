// Inflates what HTTP bodies and zip archives are compressed with (RFC 1950, 1951, 1952; zlib).
#pragma once

#include <optional>

#include "src/base/bytes.h"

namespace ringback::formats {

enum class Compression { gzip_or_zlib, raw_deflate };

// The inflated octets, or nothing where `data` is not such a stream, is cut, or inflates to more than `bytes_max`.
std::optional<Bytes> inflate(BytesView data, Compression compression, std::size_t bytes_max);

}  // namespace ringback::formats
