#include "src/trace/codec/compression.h"

#include <zstd.h>

#include "src/trace/codec/dictionary.h"
#include "src/trace/features.h"

namespace ringback::trace {
namespace {

constexpr int kLiveLevel = 1;
constexpr int kSmallestLevel = 19;

void check(std::size_t result, const char* what) {
  RINGBACK_CHECK(ZSTD_isError(result) == 0, "zstd {}: {}", what, ZSTD_getErrorName(result));
}

}  // namespace

Effort effort_of(std::uint64_t features) {
  return (features & kFeatureDictionary) != 0 ? Effort::smallest : Effort::live;
}

void Compressor::Free::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }
void Decompressor::Free::operator()(ZSTD_DCtx_s* context) const { ZSTD_freeDCtx(context); }

Compressor::Compressor(Effort effort) : context_(ZSTD_createCCtx()) {
  RINGBACK_CHECK(context_ != nullptr, "zstd gives a context");
  const int level = effort == Effort::live ? kLiveLevel : kSmallestLevel;
  check(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level), "takes the level");
  if (effort == Effort::live) return;
  check(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_dictIDFlag, 0), "leaves the dictionary's number out");
  check(ZSTD_CCtx_loadDictionary(context_.get(), dictionary().data(), dictionary().size()), "takes the dictionary");
}

std::size_t Compressor::compress(BytesView raw, Bytes& out) {
  const std::size_t start = out.size();
  out.resize(start + ZSTD_compressBound(raw.size()));
  const std::size_t length =
      ZSTD_compress2(context_.get(), out.data() + start, out.size() - start, raw.data(), raw.size());
  check(length, "compresses into a buffer of its own bound");
  out.resize(start + length);
  return length;
}

Decompressor::Decompressor() : context_(ZSTD_createDCtx()) {
  RINGBACK_CHECK(context_ != nullptr, "zstd gives a context");
  struct FreeDictionary {
    void operator()(ZSTD_DDict* loaded) const { ZSTD_freeDDict(loaded); }
  };
  // Read alone once it is made, by whatever thread.
  static const std::unique_ptr<ZSTD_DDict, FreeDictionary> loaded(
      ZSTD_createDDict(dictionary().data(), dictionary().size()));
  RINGBACK_CHECK(loaded != nullptr, "zstd makes no dictionary");
  check(ZSTD_DCtx_refDDict(context_.get(), loaded.get()), "takes the dictionary");
}

void Decompressor::decompress(BytesView stored, char* out, std::size_t raw_bytes, const Place& place) {
  const unsigned long long stated = ZSTD_getFrameContentSize(stored.data(), stored.size());
  if (stated == ZSTD_CONTENTSIZE_ERROR || stated == ZSTD_CONTENTSIZE_UNKNOWN || stated != raw_bytes) {
    damaged(place, fmt::format("a zstd frame that states {} octets", raw_bytes), "another frame or size");
  }
  if (ZSTD_findFrameCompressedSize(stored.data(), stored.size()) != stored.size()) {
    damaged(place, fmt::format("one zstd frame of {} octets", stored.size()), "another length");
  }
  const std::size_t length = ZSTD_decompressDCtx(context_.get(), out, raw_bytes, stored.data(), stored.size());
  if (ZSTD_isError(length) != 0) damaged(place, "a zstd frame", ZSTD_getErrorName(length));
  if (length != raw_bytes) damaged(place, fmt::format("{} octets", raw_bytes), fmt::format("{}", length));
}

}  // namespace ringback::trace
