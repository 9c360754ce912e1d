// zstd, one frame at a time, between buffers of known size.
#pragma once

#include <cstdint>
#include <memory>

#include "src/base/bytes.h"
#include "src/trace/damage.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace ringback::trace {

// How hard a compressor tries.
enum class Effort : std::uint8_t {
  live,      // level 1: a recording must not wait
  smallest,  // level 19, with the built-in dictionary (dictionary.h): the file must state kFeatureDictionary
};

// Of a file that may use these features (features.h).
Effort effort_of(std::uint64_t features);

// Compresses without checksum (we hash outside) and with the content's size in the frame.
class Compressor {
 public:
  explicit Compressor(Effort effort = Effort::live);
  // Appends one frame to `out`; returns its length.
  std::size_t compress(BytesView raw, Bytes& out);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
};

// Knows the built-in dictionary; a frame that was made without it does not refer to it.
class Decompressor {
 public:
  Decompressor();
  // Unfolds exactly `raw_bytes` octets to `out`. Throws DamageError unless `stored` is one frame that states that size;
  // nothing beyond the output is allocated, whatever the frame says.
  void decompress(BytesView stored, char* out, std::size_t raw_bytes, const Place& place);

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
};

}  // namespace ringback::trace
