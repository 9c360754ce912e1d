#include "src/formats/zip.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>

#include "src/base/error.h"
#include "src/formats/gzip.h"

namespace ringback::formats {
namespace {

constexpr BytesView kEndMark = "PK\x05\x06";
constexpr BytesView kDirectoryMark = "PK\x01\x02";
constexpr BytesView kFileMark = "PK\x03\x04";
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kDirectoryBytes = 46;
constexpr std::size_t kFileBytes = 30;

class Archive {
 public:
  Archive(std::string_view name, BytesView data) : name_(name), data_(data) {}

  std::vector<ZipEntry> read(std::string_view begin) {
    const std::size_t end = data_.size() < kEndBytes ? BytesView::npos : data_.rfind(kEndMark);
    if (end == BytesView::npos || data_.size() - end < kEndBytes) {
      fail("{}: byte {}: expected the directory of a zip archive, found none", name_, data_.size());
    }
    const std::size_t count = number(end + 10, 2);
    std::size_t at = number(end + 16, 4);
    if (count > kZipEntriesMax) fail("{}: byte {}: expected at most {} entries", name_, end, kZipEntriesMax);
    std::vector<ZipEntry> entries;
    for (std::size_t i = 0; i < count; ++i) {
      expect(at, kDirectoryBytes, kDirectoryMark, "an entry of the directory");
      const std::size_t name_bytes = number(at + 28, 2);
      const std::size_t next = at + kDirectoryBytes + name_bytes + number(at + 30, 2) + number(at + 32, 2);
      if (next > data_.size()) fail("{}: byte {}: expected an entry of the directory, found the end", name_, at);
      const BytesView entry_name = data_.substr(at + kDirectoryBytes, name_bytes);
      if (entry_name.starts_with(begin)) entries.push_back({.name = std::string(entry_name), .data = content(at)});
      at = next;
    }
    return entries;
  }

 private:
  std::size_t number(std::size_t at, std::size_t bytes) const {
    std::size_t value = 0;
    for (std::size_t i = bytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(data_[at + i]);
    return value;
  }

  void expect(std::size_t at, std::size_t bytes, BytesView mark, const char* what) const {
    if (at > data_.size() || data_.size() - at < bytes || !data_.substr(at).starts_with(mark)) {
      fail("{}: byte {}: expected {}, found something else", name_, at, what);
    }
  }

  // Of the entry whose directory record is at `at`.
  Bytes content(std::size_t at) {
    const std::size_t flags = number(at + 8, 2);
    const std::size_t method = number(at + 10, 2);
    const std::size_t checksum = number(at + 16, 4);
    const std::size_t packed_bytes = number(at + 20, 4);
    const std::size_t plain_bytes = number(at + 24, 4);
    const std::size_t file = number(at + 42, 4);
    if ((flags & 1) != 0 || (method != 0 && method != 8)) {
      fail("{}: byte {}: expected a stored or deflated entry without a password, found method {}", name_, at, method);
    }
    total_ += plain_bytes;
    if (total_ > kZipBytesMax) fail("{}: byte {}: expected at most {} bytes inflated", name_, at, kZipBytesMax);
    expect(file, kFileBytes, kFileMark, "the head of a file");
    const std::size_t begin = file + kFileBytes + number(file + 26, 2) + number(file + 28, 2);
    if (begin > data_.size() || packed_bytes > data_.size() - begin) {
      fail("{}: byte {}: expected {} bytes of a file, found the end", name_, begin, packed_bytes);
    }
    const BytesView packed = data_.substr(begin, packed_bytes);
    std::optional<Bytes> plain =
        method == 0 ? std::optional<Bytes>(packed) : inflate(packed, Compression::raw_deflate, plain_bytes);
    const bool is_whole =
        plain.has_value() && plain->size() == plain_bytes &&
        crc32(0, reinterpret_cast<const Bytef*>(plain->data()), static_cast<uInt>(plain->size())) == checksum;
    if (!is_whole) fail("{}: byte {}: expected a file that matches its checksum, found damage", name_, begin);
    return std::move(*plain);
  }

  std::string name_;
  BytesView data_;
  std::size_t total_ = 0;
};

}  // namespace

std::vector<ZipEntry> read_zip(std::string_view name, BytesView archive, std::string_view begin) {
  return Archive(name, archive).read(begin);
}

}  // namespace ringback::formats
