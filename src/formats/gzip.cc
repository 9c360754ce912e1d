#include "src/formats/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>

namespace ringback::formats {
namespace {

// Frees zlib's state on every way out.
class Inflater final {
 public:
  explicit Inflater(int window_bits) { is_ready_ = inflateInit2(&stream_, window_bits) == Z_OK; }
  ~Inflater() {
    if (is_ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  bool is_ready() const { return is_ready_; }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
  bool is_ready_ = false;
};

constexpr int kGzipOrZlibWindow = 15 + 32;
constexpr int kRawWindow = -15;

}  // namespace

std::optional<Bytes> inflate(BytesView data, Compression compression, std::size_t bytes_max) {
  Inflater inflater(compression == Compression::raw_deflate ? kRawWindow : kGzipOrZlibWindow);
  if (!inflater.is_ready() || data.size() > UINT32_MAX) return std::nullopt;
  z_stream& stream = inflater.stream();
  Bytes input(data);  // zlib takes it mutable
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  Bytes out;
  std::array<char, 16384> piece;
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    const int result = ::inflate(&stream, Z_NO_FLUSH);
    out.append(piece.data(), piece.size() - stream.avail_out);
    if (out.size() > bytes_max) return std::nullopt;
    if (result == Z_STREAM_END) return out;
    if (result != Z_OK || (stream.avail_in == 0 && stream.avail_out != 0)) return std::nullopt;
  }
}

}  // namespace ringback::formats
