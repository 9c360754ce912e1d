// Reads the files of a zip archive in memory (APPNOTE 6.3: stored and deflated entries, no encryption, no ZIP64).
#pragma once

#include <string>
#include <vector>

#include "src/base/bytes.h"

namespace ringback::formats {

inline constexpr std::size_t kZipEntriesMax = 100'000;
inline constexpr std::size_t kZipBytesMax = 512u << 20;  // of all entries, inflated

struct ZipEntry {
  std::string name;
  Bytes data;
};

// Those entries whose names `begin` with a text, in the archive's order. Throws Error ("NAME: byte N: expected ...,
// found
// ...") where the archive is damaged, uses what is not supported, or is beyond the limits.
std::vector<ZipEntry> read_zip(std::string_view name, BytesView archive, std::string_view begin);

}  // namespace ringback::formats
